import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** How a file may be encoded, the best first; beside it lies a file with this extension, made when the page was built. */
const ENCODINGS = [
  { name: 'br', extension: '.br' },
  { name: 'gzip', extension: '.gz' },
] as const;

type Encoding = (typeof ENCODINGS)[number] | { name: 'identity'; extension: '' };

const IDENTITY: Encoding = { name: 'identity', extension: '' };

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/**
 * The files that the build has put into a folder, and no others. Each is read when it is first asked for, once in each encoding, and
 * all who ask are given the same bytes: clients that ask and do not read hold none of their own.
 */
export class StaticFiles {
  readonly #dir: string;
  readonly #hashes: ReadonlyMap<string, string>;
  readonly #contents = new Map<string, Promise<Buffer>>();

  private constructor(dir: string, hashes: ReadonlyMap<string, string>) {
    this.#dir = dir;
    this.#hashes = hashes;
  }

  /** Reads the list of the files. Throws where the folder was not built. */
  static open(dir: string): StaticFiles {
    const list = join(dir, 'files.json');
    if (!existsSync(list)) throw new Error(`GraphiQL's page is not in ${dir}: expected it there from "npm run build", or GRAPHIQL=false.`);
    const files = JSON.parse(readFileSync(list, 'utf8')) as Array<{ path: string; hash: string }>;
    return new StaticFiles(dir, new Map(files.map(({ path, hash }) => [path, hash])));
  }

  has(path: string): boolean {
    return this.#hashes.has(path);
  }

  /** Answers with a file: all of it, or 304 where the client has it. */
  async send(path: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const hash = this.#hashes.get(path);
    if (hash === undefined) throw new Error(`There is no file ${path} in ${this.#dir}.`);
    const encoding = negotiate(request.headers['accept-encoding']);
    // The bytes differ by the encoding, and so must a strong ETag (RFC 9110, section 8.8.3).
    const etag = `"${hash}${encoding.extension}"`;
    void reply.headers({ etag, 'x-content-type-options': 'nosniff' });
    appendVary(reply, 'Accept-Encoding');
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();

    const content = await this.#read(path + encoding.extension);
    void reply.headers({ 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'content-length': content.length });
    if (encoding !== IDENTITY) void reply.header('content-encoding', encoding.name);
    return reply.send(content);
  }

  #read(path: string): Promise<Buffer> {
    let content = this.#contents.get(path);
    if (content === undefined) {
      content = readFile(join(this.#dir, path));
      this.#contents.set(path, content);
      // Not remembered where it can't be read: the next one may have more luck.
      content.catch(() => this.#contents.delete(path));
    }
    return content;
  }
}

/** The first of ours that the client takes. Which it would rather have does not count: the smallest is best for both. */
export function negotiate(accepted: string | undefined): Encoding {
  const weights = new Map(
    (accepted ?? '').split(',').map((item) => {
      const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [name, weight === undefined ? 1 : Number(weight)] as const;
    }),
  );
  return ENCODINGS.find(({ name }) => (weights.get(name) ?? weights.get('*') ?? 0) > 0) ?? IDENTITY;
}

/** By the weak comparison, as a GET asks for it: a proxy that encodes anew makes a strong ETag a weak one. */
function matches(given: string | undefined, etag: string): boolean {
  return (given ?? '').split(',').some((item) => item.trim() === '*' || item.trim().replace(/^W\//, '') === etag);
}

function appendVary(reply: FastifyReply, name: string): void {
  const present = reply.getHeader('vary');
  void reply.header('vary', present === undefined ? name : `${String(present)}, ${name}`);
}
