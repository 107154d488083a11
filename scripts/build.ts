import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A part of the build that is done again only when one of its inputs has changed. */
interface Part {
  /** What is said while it is built. */
  title: string;
  /** Files, and folders with all that is in them. */
  inputs: readonly string[];
  /** Files and folders below those that are not. */
  without?: readonly string[];
  /** Without it, it has to be built, whatever is remembered. */
  output: string;
  /** Scripts and programs, one after the other. */
  commands: ReadonlyArray<readonly string[]>;
}

/** Which packages are installed, and how the parts are built. */
const OF_BOTH = ['package.json', 'package-lock.json', 'scripts/build.ts'];

function partsOf(builtDir: string): readonly Part[] {
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', builtDir];
  return [
    {
      title: 'the server',
      inputs: [...OF_BOTH, 'tsconfig.json', 'tsconfig.build.json', 'src', 'demo', 'bench', 'scripts'],
      without: ['src/graphiql', 'bench/results'],
      output: join(builtDir, 'server/main.js'),
      commands: [
        [...tsc, '--incremental', '--tsBuildInfoFile', join(builtDir, 'tsbuildinfo')],
        ['scripts/bundle-server.ts', builtDir],
      ],
    },
    {
      title: "GraphiQL's page",
      inputs: [...OF_BOTH, 'tsconfig.json', 'src/graphiql', 'scripts/build-page.ts'],
      output: join(builtDir, 'server/graphiql/files.json'),
      commands: [['scripts/build-page.ts', join(builtDir, 'server/graphiql')]],
    },
  ];
}

/**
 * Builds what has changed since the last time into a folder, and says what it does. To build all of it anew, remove the folder.
 * What a part was built from is remembered once it is built, so one that failed or was broken off is built again.
 */
function build(builtDir: string): void {
  const file = join(builtDir, 'built-from.json');
  const builtFrom = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
  for (const part of partsOf(builtDir)) {
    const hash = hashOf(part);
    if (builtFrom[part.title] === hash && existsSync(part.output)) continue;
    const startedAt = performance.now();
    console.log(`Building ${part.title}, which has changed or was never built…`);
    mkdirSync(builtDir, { recursive: true });
    delete builtFrom[part.title];
    writeFileSync(file, JSON.stringify(builtFrom));
    for (const command of part.commands) execFileSync(process.execPath, command, { stdio: 'inherit' });
    builtFrom[part.title] = hash;
    writeFileSync(file, JSON.stringify(builtFrom));
    console.log(`Built ${part.title} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  }
}

/** Of the paths and the texts: times of files change with each checkout. */
function hashOf({ inputs, without = [] }: Part): string {
  const hash = createHash('sha256');
  for (const path of inputs.flatMap(filesOf)) {
    if (without.some((folder) => path.startsWith(`${folder}/`))) continue;
    hash.update(`${path}\0`).update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'))
    .toSorted();
}

try {
  build(process.argv[2] ?? 'dist');
} catch (error) {
  // What the command had to say is on the terminal already.
  if ((error as { status?: unknown }).status === undefined) throw error;
  console.error('The build failed. The reason is above.');
  process.exit(1);
}
