/** A set of code points as ranges that don't touch, in their order; both ends are within. */
export type CodePoints = ReadonlyArray<readonly [first: number, last: number]>;

const LAST = 0x10ffff;

/** The union of sets. */
export function union(sets: readonly CodePoints[]): CodePoints {
  const merged: Array<[number, number]> = [];
  for (const [first, last] of sets.flat().toSorted((a, b) => a[0] - b[0])) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** All code points but those of a set. */
export function complement(set: CodePoints): CodePoints {
  const rest: Array<[number, number]> = [];
  let next = 0;
  for (const [first, last] of set) {
    if (first > next) rest.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST) rest.push([next, LAST]);
  return rest;
}

/** What `\d`, `\w`, `\s` and `.` stand for in JavaScript, without the flags `i`, `m` and `s`. */
export const DIGITS: CodePoints = [[0x30, 0x39]];
export const WORD: CodePoints = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
export const SPACE: CodePoints = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
export const NO_LINE_END: CodePoints = complement([
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
]);

const ofProperties = new Map<string, CodePoints>();
let everyCodePoint: string | undefined;

/**
 * What a Unicode property such as `\p{L}` stands for, by the engine that runs this: another engine's tables may be of another
 * version of Unicode. There are some hundreds of properties, so all that were asked for are kept.
 */
export function ofProperty(escape: string): CodePoints {
  const known = ofProperties.get(escape);
  if (known !== undefined) return known;
  everyCodePoint ??= writeEveryCodePoint();
  const runs = [...everyCodePoint.matchAll(new RegExp(`${escape}+`, 'gu'))];
  // A run may go over the place where surrogates stand in another order.
  const found = union(runs.map(([run]) => rangesOf(run)));
  ofProperties.set(escape, found);
  return found;
}

function rangesOf(run: string): CodePoints {
  const ranges: Array<[number, number]> = [];
  for (const character of run) {
    const code = character.codePointAt(0)!;
    const before = ranges.at(-1);
    if (before !== undefined && before[1] === code - 1) before[1] = code;
    else ranges.push([code, code]);
  }
  return ranges;
}

/** Low surrogates go before high ones: the other way round, two of them would be one code point. */
function writeEveryCodePoint(): string {
  const parts: string[] = [];
  for (const [first, last] of [
    [0, 0xd7ff],
    [0xdc00, 0xdfff],
    [0xd800, 0xdbff],
    [0xe000, LAST],
  ] as const) {
    for (let code = first; code <= last; code += 1) parts.push(String.fromCodePoint(code));
  }
  return parts.join('');
}
