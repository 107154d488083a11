import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

// What the engine makes of the code is kept beside the packages, where that can be written: later starts take half the time. It
// has to be said before anything else is loaded, and is written now, since a server may be killed at any moment.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/hookgraph'));
await import('./run.js');
flushCompileCache();
