import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeToOthers } from '../src/close-to-others.js';
import { keepLog } from './support/log.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookgraph-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8);
}

/** Modes are of POSIX alone. */
describe.skipIf(process.platform === 'win32')('what others may read', () => {
  it.each([
    ['a file', 0o644, '600'],
    ['a file for its group', 0o640, '600'],
    ['a file that is read-only', 0o444, '400'],
    ['a folder', 0o755, '700'],
    ['a folder that gives its group on', 0o2770, '2700'],
  ])('is closed to them, with a warning: %s', async (what, mode, closed) => {
    const { log, lines } = keepLog();
    const path = join(folder, 'it');
    if (what.startsWith('a folder')) await mkdir(path);
    await writeFile(what.startsWith('a folder') ? join(path, 'key') : path, 'x');
    await chmod(path, mode);

    await closeToOthers([path], log);

    expect(await modeOf(path)).toBe(closed);
    expect(lines()).toMatchObject([
      { level: 40, msg: 'file_mode.changed', path, mode: mode.toString(8).padStart(4, '0'), changedTo: closed.padStart(4, '0') },
    ]);
  });

  it('is closed without a word where it is a folder with nothing in it but a lock', async () => {
    const { log, lines } = keepLog();
    const path = join(folder, 'it');
    await mkdir(path);
    await writeFile(join(path, 'hookgraph.lock'), '');
    await chmod(path, 0o755);

    await closeToOthers([path], log);

    expect(await modeOf(path)).toBe('700');
    expect(lines()).toEqual([]);
  });

  it('is left as it is, without a word, where it is closed or not there', async () => {
    const { log, lines } = keepLog();
    const file = join(folder, 'it');
    await writeFile(file, 'x', { mode: 0o600 });

    await closeToOthers([folder, file, join(folder, 'nothing')], log);

    expect(lines()).toEqual([]);
    expect(await modeOf(file)).toBe('600');
  });

  it.runIf(process.platform === 'linux')('is warned of where nobody may change it', async () => {
    const { log, lines } = keepLog();
    const file = join(folder, 'it');
    // Whose modes the kernel lets nobody change.
    await symlink('/proc/self/status', file);

    await closeToOthers([file], log);

    expect(lines()).toMatchObject([
      { level: 40, msg: 'file_mode.too_open', path: file, mode: '0444', reason: expect.stringContaining('EPERM') },
    ]);
  });
});
