import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync('test/FAULTS.md', 'utf8');

/** The rows of the page's tables, each with what it names as shown by. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\| *(?:fault|-)/.test(line))
  .map((line) => line.split(' | '))
  .map(([fault = '', , shownBy = '']) => ({
    fault: fault.slice(2).trim(),
    tests: [...shownBy.matchAll(/`([\w/-]+): (.+?)`/g)].map(([, file, title]) => ({ file: `test/${file}.test.ts`, title: title! })),
  }));

/** Whether a test, a suite or a row of a table of the text has this title; what a title has of the run behind it does not count. */
function hasTitle(text: string, title: string): boolean {
  const spelled = title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll("'", "\\\\?'");
  return new RegExp(`[[(,]\\s*(['"\`])${spelled}(?: \\(\\w+=\\$\\{\\w+\\}\\))?\\1`).test(text);
}

describe('the page of faults', () => {
  it.each(rows)('names tests that are there for: $fault', ({ tests }) => {
    const missing = tests.filter(({ file, title }) => !existsSync(file) || !hasTitle(readFileSync(file, 'utf8'), title));

    expect(tests.length).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });

  it('has a row for each kind of fault', () => {
    expect(rows.length).toBeGreaterThan(60);
  });
});

describe('a title', () => {
  it.each([
    ['of a test', `it('sends once', async () => {`],
    ['of a suite with a table', `])('sends once', async (_) => {`],
    ['of a row', `    ['sends once', 1],`],
    ['on a line of its own', `it(\n  'sends once',`],
    ['with a seed behind it', 'it(`sends once (FUZZ_SEED=${seed})`, async () => {'],
  ])('is found: %s', (_, text) => {
    expect(hasTitle(text, 'sends once')).toBe(true);
  });

  it.each([`// it sends once`, `expect(message).toBe('it sends once')`, `it('sends once more', () => {`])('is not found in %s', (text) => {
    expect(hasTitle(text, 'sends once')).toBe(false);
  });
});
