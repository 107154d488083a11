import { join } from 'node:path';
import { build } from 'rolldown';

/**
 * What stays a package of its own: one finds its compiled library beside itself, and one is not installed, since type-graphql asks for
 * it only where it is to check inputs.
 */
const EXTERNAL = ['better-sqlite3', 'class-validator'];

/**
 * Puts the compiled server into few files in the folder `server`, with the packages that it uses: to look for and read 1,700 files
 * takes longer than all else at a start. What is imported when it is needed stays a file of its own.
 */
async function bundleServer(builtDir: string): Promise<void> {
  await build({
    input: {
      main: join(builtDir, 'src/main.js'),
      'sender-thread': join(builtDir, 'src/send/thread/sender-thread.js'),
      'damage-check-process': join(builtDir, 'src/database/damage/damage-check-process.js'),
      'schema-thread': join(builtDir, 'src/json-schema/schema-thread.js'),
    },
    platform: 'node',
    external: EXTERNAL,
    // In development graphql-js looks closer at each type that it meets.
    transform: { define: { 'process.env.NODE_ENV': JSON.stringify('production') } },
    // What Apollo hashes documents with asks for Node's by a way that ends at a bundle, and would do it in JavaScript.
    resolve: { alias: { '@apollo/utils.createhash': 'node:crypto' } },
    logLevel: 'warn',
    output: {
      dir: join(builtDir, 'server'),
      format: 'esm',
      // The same names each time, so that what the engine keeps of an earlier build is replaced.
      chunkFileNames: '[name].js',
      sourcemap: true,
      // Decorators need what `reflect-metadata` does before them.
      strictExecutionOrder: true,
      // Types of the schema are called after their classes.
      keepNames: true,
    },
  });
}

await bundleServer(process.argv[2] ?? 'dist');
