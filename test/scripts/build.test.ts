import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILT_DIR } from '../support/build.js';

it('what is built already is not built again, and nothing is said', () => {
  expect(execFileSync(process.execPath, ['scripts/build.ts', BUILT_DIR], { encoding: 'utf8' })).toBe('');
});

/** As small as a project can be that is built by the same scripts. */
const FILES = {
  'src/main.ts': 'console.log(1);\n',
  'src/send/thread/sender-thread.ts': 'console.log(2);\n',
  'src/database/damage/damage-check-process.ts': 'console.log(2);\n',
  'src/json-schema/schema-thread.ts': 'console.log(2);\n',
  'src/graphiql/index.html': '<!doctype html><title>x</title><script type="module" src="./main.ts"></script>\n',
  'src/graphiql/main.ts': 'document.title = "one";\n',
  'demo/a.ts': 'export {};\n',
  'bench/a.ts': 'export {};\n',
};

describe('a build', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hookgraph-build-'));
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');

  /** What it says that it builds, and its exit status. */
  function build(): { built: string[]; status: number; text: string } {
    try {
      const text = execFileSync(process.execPath, ['scripts/build.ts'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
      return { built: [...text.matchAll(/^Built (.+) in [\d.]+ s\.$/gm)].map(([, name]) => name!), status: 0, text };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { built: [], status, text: stdout + stderr };
    }
  }

  beforeAll(() => {
    for (const name of ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json']) cpSync(name, join(folder, name));
    for (const name of ['build', 'build-page', 'bundle-server']) cpSync(`scripts/${name}.ts`, join(folder, `scripts/${name}.ts`));
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    for (const [name, text] of Object.entries(FILES)) write(name, text);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  // One after the other, on what the one before has left.
  it('makes all of it the first time, says so, and leaves it alone the next time', () => {
    const first = build();

    expect(first.built).toEqual(['the server', "GraphiQL's page"]);
    expect(first.text).toContain('Building the server, which has changed or was never built…');
    expect(read('dist/server/main.js')).toContain('console.log(1)');
    expect(existsSync(join(folder, 'dist/server/graphiql/index.html.br'))).toBe(true);
    expect(build()).toEqual({ built: [], status: 0, text: '' });
  });

  it('makes what has changed, and nothing else', () => {
    write('src/main.ts', 'console.log(3);\n');
    expect(build().built).toEqual(['the server']);
    expect(read('dist/server/main.js')).toContain('console.log(3)');

    write('src/graphiql/main.ts', 'document.title = "two";\n');
    expect(build().built).toEqual(["GraphiQL's page"]);
  });

  it('makes what was taken away', () => {
    rmSync(join(folder, 'dist/server/main.js'));

    expect(build().built).toEqual(['the server']);
  });

  it('that fails says where, and is not taken for done', () => {
    write('src/main.ts', 'const wrong: number = "text";\n');

    for (let round = 0; round < 2; round += 1) {
      const { status, text } = build();
      expect(status).toBe(1);
      expect(text).toContain("src/main.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.");
      expect(text).toContain('The build failed. The reason is above.');
    }
    write('src/main.ts', 'console.log(4);\n');
    expect(build().built).toEqual(['the server']);
  });
});
