import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

// What the engine makes of the code is kept beside the packages, where that can be written, and later starts are faster. It has to
// be said before anything else is loaded, and is written now, since a server may be killed at any moment. From here as from the few
// files that the server is bundled into, the packages are two folders up.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/hookgraph'));
const { run } = await import('./run.js');
await run(process.env);
flushCompileCache();
