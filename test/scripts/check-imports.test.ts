import { describe, expect, it } from 'vitest';
import { findForbiddenImports, readSource } from '../../scripts/check-imports.js';

const forbidden = [
  ['base imports a step', 'errors.ts', `import { Feed } from './watch/feed.js';`],
  ['entities import a value of send', 'entities/hook.ts', `import { isSuccess } from '../send/outcome.js';`],
  ['send imports the ORM', 'send/sender.ts', `import { MikroORM } from '@mikro-orm/sqlite';`],
  ['send imports an entity', 'send/sender.ts', `import type { Hook } from '../entities/hook.js';`],
  ['publish imports dispatch', 'publish/publisher.ts', `import type { Lane } from '../dispatch/lane.js';`],
  ['dispatch imports publish', 'dispatch/lane.ts', `import type { Publish } from '../publish/write-publishes.js';`],
  ['dispatch imports a value of record', 'dispatch/lane.ts', `import { type NextState, nextState } from '../record/next-state.js';`],
  ['a step imports the API', 'watch/feed.ts', `import type { Context } from '../api/context.js';`],
  ['the API imports the server', 'api/http.ts', `import type { RunningServer } from '../server.js';`],
  ['a value comes through a re-export', 'database/writes.ts', `export { Feed } from '../watch/feed.js';`],
  ['an import goes over several lines', 'send/sender.ts', `import {\n  Hook,\n  HookSchema,\n} from '../entities/hook.js';`],
  ['an import is dynamic', 'send/sender.ts', `const hook = await import('../entities/hook.js');`],
  ['a part beside send makes requests', 'api/http.ts', `import got from 'got';`],
  ['a part beside send opens connections', 'configure/create-webhook.ts', `import { connect } from 'node:net';`],
  ['the page imports the server', 'graphiql/page.tsx', `import type { Config } from '../config.js';`],
  ['the page imports what browsers lack', 'graphiql/api.ts', `import { readFile } from 'node:fs/promises';`],
  ['the server imports the page', 'api/graphiql.ts', `import { examples } from '../graphiql/examples.js';`],
  ['a folder is not in the table', 'utils/text.ts', `import { describe } from '../errors.js';`],
] as const;

const allowed = [
  ['a file imports its own folder', 'send/sender.ts', `import { createHttpClient } from './http-client.js';`],
  ['entities import the types of an attempt', 'entities/hook.ts', `import type { HttpMethod } from '../send/attempt.js';`],
  ['types are named one by one', 'record/recorder.ts', `import { type Feed, type Notice } from '../watch/feed.js';`],
  ['a resolver imports a step', 'api/resolvers/hook-resolver.ts', `import { createWebhook } from '../../configure/create-webhook.js';`],
  ['a part of the page imports another', 'graphiql/page.tsx', `import { Bar } from './bar.js';`],
  ['send makes requests', 'send/http-client.ts', `import { Agent } from 'undici';`],
  ['a part beside send names the type of a server', 'api/socket.ts', `import type { Server } from 'node:http';`],
  ['the server imports the API', 'server.ts', `import { createHttp } from './api/http.js';`],
] as const;

describe('the check of imports', () => {
  it.each(forbidden)('is a fault when %s', (_, file, text) => {
    const faults = findForbiddenImports(new Map([[file, text]]));

    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`src/${file}`);
  });

  it.each(allowed)('lets it be when %s', (_, file, text) => {
    const faults = findForbiddenImports(new Map([[file, text]]));

    expect(faults).toEqual([]);
  });

  it('tells the file, the import and the rule', () => {
    const files = new Map([['send/sender.ts', `import type { Hook } from '../entities/hook.js';`]]);

    const faults = findForbiddenImports(files);

    expect(faults).toEqual(['src/send/sender.ts imports ../entities/hook.js: send may import base.']);
  });

  it('finds nothing in the code as it is', () => {
    const files = readSource();

    expect(findForbiddenImports(files)).toEqual([]);
    expect(files.size).toBeGreaterThan(80);
  });
});
