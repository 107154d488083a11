import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SERVER_FLAGS } from '../../../bench/stage/server-flags.js';

it.each(['package.json', 'examples/hookgraph.service', 'examples/Dockerfile', 'README.md'])(
  'are those with which %s starts the server',
  (file) => {
    const command = readFileSync(file, 'utf8')
      .split('\n')
      .find((line) => /\bnode\b.*dist\/server\/main\.js/.test(line))!;

    expect(command.match(/--(?:max|heap|v8)[\w-]*=\d+/g)).toEqual(SERVER_FLAGS);
  },
);
