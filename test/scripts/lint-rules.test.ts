import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const guarded = [
  ['a promise that nobody awaits', 'src/a.ts', 'export function f(): void {\n  Promise.resolve(1);\n}\n', 'no-floating-promises'],
  ['the time read', 'src/send/a.ts', 'export const now = () => Date.now();\n', 'no-restricted-globals'],
  ['a date made of now', 'src/send/a.ts', 'export const now = () => new Date();\n', 'no-restricted-globals'],
  ['chance', 'src/send/a.ts', 'export const chance = () => Math.random();\n', 'no-restricted-properties'],
  ['the environment', 'src/send/a.ts', 'export const home = () => process.env.HOME;\n', 'no-restricted-properties'],
  ['a request past the address rules', 'src/api/a.ts', "export const ask = () => fetch('http://a.example');\n", 'no-restricted-globals'],
  ['a default export', 'src/a.ts', 'export default 1;\n', 'no-default-export'],
] as const;

it.each(guarded)('%s is a fault of the lint', (_, file, text, rule) => {
  const report = lint({ [file]: text });

  expect(report).toContain(rule);
});

it('a cycle of imports is a fault of the lint', () => {
  const one = `import { two } from './two.js';\n\nexport const one = (): number => two();\n`;
  const two = `import { one } from './one.js';\n\nexport const two = (): number => one();\n`;

  const report = lint({ 'src/one.ts': one, 'src/two.ts': two });

  expect(report).toContain('no-cycle');
});

it('the clock may read the time', () => {
  const report = lint({ 'src/clock.ts': 'export const now = () => Date.now();\n' });

  expect(report).toBe('');
});

/** What oxlint says of these files by the rules of this repository; empty when it is content. */
function lint(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookgraph-lint-'));
  try {
    for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) cpSync(name, join(folder, name));
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    execFileSync(process.execPath, [resolve('node_modules/oxlint/bin/oxlint'), 'src'], { cwd: folder, stdio: 'pipe', encoding: 'utf8' });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
