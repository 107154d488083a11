import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, type Plugin } from 'vite';

/** The best that takes less than a second for all of it. The highest quality takes ten, for a twelfth less. */
const BROTLI_QUALITY = 9;
const GZIP_LEVEL = 9;

/** A font within a style sheet. */
const FONT = /url\(["']?data:font\/(ttf|woff2?);base64,([\w+/=]+)["']?\)/g;

/**
 * Builds GraphiQL's page of `src/graphiql` into a folder, each file also compressed, and lists them in `files.json` with the hash of
 * what is in each. The server reads that list (`src/api/static-files.ts`).
 */
async function buildPage(pageDir: string): Promise<void> {
  const fontDir = await mkdtemp(join(tmpdir(), 'hookgraph-fonts-'));
  await build({
    plugins: [fontsAsFiles(fontDir)],
    configFile: false,
    root: 'src/graphiql',
    // Addresses relative to the page, which may be behind a proxy that puts a prefix before its path.
    base: './',
    publicDir: false,
    // The packages have directives for servers of React, and each would be warned of.
    logLevel: 'error',
    build: {
      outDir: resolve(pageDir),
      emptyOutDir: true,
      assetsDir: 'graphiql',
      // What is inlined is loaded by everybody, and would have to be allowed by the page's policy.
      assetsInlineLimit: 0,
      target: 'es2022',
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
    worker: { format: 'es' },
  });
  await rm(fontDir, { recursive: true });
  const paths = await readdir(pageDir, { recursive: true });
  const files = await Promise.all(paths.filter((path) => path.includes('.')).map((path) => compress(pageDir, path.replaceAll('\\', '/'))));
  await writeFile(join(pageDir, 'files.json'), JSON.stringify(files, null, 2));
}

/**
 * Takes the fonts out of GraphiQL's style sheet: with 35 of them in it, it is 340 KB compressed instead of 24, and a browser shows nothing
 * before it has all of a style sheet. From files of their own, a browser loads those of which it shows a letter.
 */
function fontsAsFiles(fontDir: string): Plugin {
  return {
    name: 'fonts-as-files',
    enforce: 'pre',
    async transform(code, id) {
      if (!id.endsWith('.css')) return undefined;
      const written: Array<Promise<void>> = [];
      const css = code.replaceAll(FONT, (_found, type: string, base64: string) => {
        const bytes = Buffer.from(base64, 'base64');
        const file = join(fontDir, `${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.${type}`);
        written.push(writeFile(file, bytes));
        return `url("${file.replaceAll('\\', '/')}")`;
      });
      await Promise.all(written);
      return { code: css, map: null };
    },
  };
}

async function compress(pageDir: string, path: string): Promise<{ path: string; hash: string }> {
  const file = join(pageDir, path);
  const bytes = await readFile(file);
  const quality = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params: quality }));
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: GZIP_LEVEL }));
  return { path, hash: createHash('sha256').update(bytes).digest('base64url').slice(0, 16) };
}

// vite goes by it, whatever its mode is: React for development is larger and slower.
process.env.NODE_ENV = 'production';
const [, , pageDir = 'dist/server/graphiql'] = process.argv;
await rm(pageDir, { recursive: true, force: true });
await buildPage(pageDir);
