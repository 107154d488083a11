import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { COMPILE_CACHE } from '../support/build.js';

/** A program of the repository that runs as a process of its own. */
export interface Program extends AsyncDisposable {
  /** All that it has written to standard output so far. */
  readonly output: string;
  readonly errors: string;
  /** The first match in its output, as soon as it is there; rejects when the program ends without it. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  signal(signal: 'SIGINT' | 'SIGTERM'): void;
  /** Its exit status, once it has ended and all its output is there. */
  ended(): Promise<number | null>;
}

export interface ProgramOptions {
  cwd?: string;
  env?: Record<string, string>;
}

/** Runs a script by this very Node, with no more environment than is given and a cache of compiled code. Killed at the end of the scope, if it still runs. */
export function startProgram(args: readonly string[], { cwd, env = {} }: ProgramOptions = {}): Program {
  const child: ChildProcess = spawn(process.execPath, args, { cwd, env: { ...COMPILE_CACHE, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const waiting = new Set<() => void>();
  let output = '';
  let errors = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    for (const look of waiting) look();
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text));

  async function ended(): Promise<number | null> {
    await closed;
    return child.exitCode;
  }

  return {
    get output() {
      return output;
    },
    get errors() {
      return errors;
    },
    async says(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const look = () => {
        const match = pattern.exec(output);
        if (match !== null) resolve(match);
      };
      waiting.add(look);
      look();
      void closed.then(() => reject(new Error(`It ended without saying ${pattern}:\n${output}${errors}`)));
      return promise.finally(() => waiting.delete(look));
    },
    signal: (signal) => void child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
