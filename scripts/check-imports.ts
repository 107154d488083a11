import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

/** What a part of `src/` may import: parts (folders, or `base`) or single files. */
interface MayImport {
  all: readonly string[];
  /** Of these the types alone. */
  types?: readonly string[];
  /** Packages that it must keep away from, by the beginning of their names. */
  neverPackages?: readonly string[];
}

/** `base` is every file at the top of `src/` but these. */
const TOP = ['server', 'run', 'main'];
const STEPS = ['json-schema', 'seal', 'configure', 'publish', 'dispatch', 'send', 'record', 'watch', 'lead'];

/** The house: each part may import itself and what stands here, nothing else of ours. CONTRIBUTING.md shows the same table. */
const house: Record<string, MayImport> = {
  base: { all: [] },
  json: { all: ['base'] },
  'json-schema': { all: ['base', 'json'] },
  entities: { all: ['base', 'json'], types: ['send/attempt.ts', 'send/outcome.ts'] },
  database: { all: ['base', 'json', 'entities'] },
  audit: { all: ['base', 'json', 'entities', 'database'] },
  seal: { all: ['base', 'json', 'entities', 'database'] },
  'api-keys': { all: ['base', 'json', 'entities', 'database', 'audit'] },
  send: { all: ['base'], neverPackages: ['@mikro-orm/', 'kysely', 'better-sqlite3'] },
  // The file of header rules is pure, and one rule serves the saving and the sending.
  configure: {
    all: [
      'base',
      'json',
      'entities',
      'database',
      'audit',
      'json-schema',
      'seal',
      'watch',
      'send/authentication-header.ts',
      'lead/tell-leaders.ts',
    ],
    types: ['send'],
  },
  publish: { all: ['base', 'json', 'entities', 'database', 'json-schema', 'seal'], types: ['send'] },
  // What an outcome means is said beside the outcome, once. Both write to the logs that watch follows.
  record: {
    all: ['base', 'json', 'entities', 'database', 'watch', 'send/outcome.ts', 'send/retry-after.ts', 'lead/tell-leaders.ts'],
    types: ['send'],
  },
  watch: { all: ['base', 'json', 'entities', 'database'], types: ['send'] },
  // Its own log of signals has places like the logs that are watched.
  lead: { all: ['base', 'json', 'entities', 'database', 'watch/horizon.ts'] },
  dispatch: { all: ['base', 'json', 'entities', 'database', 'lead', 'seal'], types: ['send', 'record', 'watch'] },
  api: { all: ['base', 'json', 'entities', 'database', 'api-keys', ...STEPS] },
  // It runs in browsers, and knows of the server what the API says.
  graphiql: { all: [], neverPackages: ['node:', '@mikro-orm/', 'kysely', 'fastify', '@apollo/'] },
  server: { all: ['base', 'json', 'entities', 'database', 'api-keys', ...STEPS, 'api'] },
  run: { all: ['base', 'json', 'entities', 'database', 'api-keys', ...STEPS, 'api', 'server'] },
  main: { all: ['run'] },
};

/** What opens connections or looks names up. All of it is in `send`, where each use goes by the address rules; types may be anybody's. */
const NETWORK = /^(?:undici|got|(?:node:)?(?:http|https|http2|net|tls|dns|dgram))(?:\/|$)/;

/** An import or re-export with its source, also over several lines; or a dynamic import. */
const IMPORT = /^(?:import|export)\s+(?:([^'";]*?)\s+from\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

/**
 * Finds the imports that the house forbids, each as a sentence that names the file, the import and the rule. `files` has
 * the text of each file by its path below `src/`.
 */
export function findForbiddenImports(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([file, text]) =>
    [...text.matchAll(IMPORT)].flatMap(([, names = '', source, dynamicSource]) => {
      const fault = faultOf(file, source ?? dynamicSource!, isTypesOnly(names));
      return fault === undefined ? [] : [`src/${file} imports ${source ?? dynamicSource}: ${fault}`];
    }),
  );
}

function faultOf(file: string, source: string, typesOnly: boolean): string | undefined {
  const part = partOf(file);
  const rule = house[part];
  if (rule === undefined) return `the folder "${part}" is not in the table of scripts/check-imports.ts.`;

  if (!source.startsWith('.')) {
    if (NETWORK.test(source) && part !== 'send' && !typesOnly) return 'send alone makes requests, by the address rules.';
    return rule.neverPackages?.some((name) => source.startsWith(name)) ? `${part} never imports this package.` : undefined;
  }
  const target = join(dirname(file), source).replace(/\.js$/, '.ts');
  const isAmong = (names: readonly string[] = []) => names.includes(partOf(target)) || names.includes(target);
  if (partOf(target) === part || isAmong(rule.all)) return undefined;
  if (isAmong(rule.types)) return typesOnly ? undefined : `${part} may import its types alone (import type).`;
  const allowed = [...rule.all, ...(rule.types ?? []).map((name) => `the types of ${name}`)];
  return `${part} may import ${allowed.length === 0 ? 'nothing of ours but base' : allowed.join(', ')}.`;
}

function partOf(file: string): string {
  const [first = '', ...rest] = file.split('/');
  if (rest.length > 0) return first;
  const name = first.replace(/\.ts$/, '');
  return TOP.includes(name) ? name : 'base';
}

/** `type X`, or `{ type X, type Y }`. */
function isTypesOnly(names: string): boolean {
  if (names.startsWith('type ')) return true;
  const inBraces = /^\{(.*)\}$/s.exec(names)?.[1];
  if (inBraces === undefined) return false;
  return inBraces
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .every((name) => name.startsWith('type '));
}

/** The texts of all files of `src/`. */
export function readSource(): Map<string, string> {
  const paths = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path));
  return new Map(paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join('src', path), 'utf8')]));
}

if (import.meta.main) {
  const faults = findForbiddenImports(readSource());
  if (faults.length > 0) {
    console.error(
      `${faults.join('\n')}\nThe table of who may import whom is in scripts/check-imports.ts, and the reasons in CONTRIBUTING.md.`,
    );
    process.exit(1);
  }
  console.log('Every import of src/ keeps to the table.');
}
