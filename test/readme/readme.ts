import { readFileSync } from 'node:fs';

const text = readFileSync('README.md', 'utf8');

/** A fenced block of the README. */
export interface Block {
  /** The word after the fence. */
  language: string;
  /** The second word after the fence, if any: by it a test finds the block. */
  name: string;
  text: string;
  /** The heading above it. */
  heading: string;
}

/** All blocks, in their order. */
export const blocks: readonly Block[] = [...text.matchAll(/^```(\w+)(?: (\w+))?\n(.*?)^```$/gms)].map((match) => ({
  language: match[1]!,
  name: match[2] ?? '',
  text: match[3]!,
  heading: [...text.slice(0, match.index).matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? '',
}));

/** The one block of this name. */
export function blockNamed(name: string): string {
  return blocks.find((block) => block.name === name)!.text;
}

/** The rows of the tables whose first column has this title, cell by cell, without the title row. */
export function tableRows(title: string): string[][] {
  return [...text.matchAll(/(?:^\|.*\|\n)+/gm)].flatMap(([table]) => {
    const [head, , ...rows] = table.trim().split('\n').map(cellsOf);
    return head?.[0] === title ? rows : [];
  });
}

/** The text of a cell that is code and nothing else; undefined for any other cell. */
export function codeIn(cell: string | undefined): string | undefined {
  return /^`([^`]+)`$/.exec(cell ?? '')?.[1];
}

/** Every npm script that the README tells one to run; `start` and `test` have words of their own. */
export const namedScripts: readonly string[] = [...text.matchAll(/\bnpm (?:run ([\w:]+)|(start|test))\b/g)].map(
  ([, run, own]) => run ?? own!,
);

/** The links that lead into the repository. */
export const localLinks: readonly string[] = [...text.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path]) => path!);

function cellsOf(row: string): string[] {
  return row
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}
