import type { FilterQuery, QueryOrderMap } from '@mikro-orm/core';
import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import type { EntityManager } from '../database/connect.js';
import { badInput, describe } from '../errors.js';
import { isId } from '../ids.js';

/** The most nodes of one page. */
export const PAGE_LIMIT = 100;

@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: 20, description: `How many nodes to give at most, from 1 to ${PAGE_LIMIT}.` })
  first!: number;

  @Field(() => String, { nullable: true, description: 'The cursor after which to go on: `endCursor` of the page before.' })
  after?: string | null;
}

@ObjectType({ description: 'Where a page ends, and whether there is more (Relay).' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are more nodes after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there are nodes before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first node; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the last node: give it as `after` for the next page. Null on an empty page.',
  })
  endCursor!: string | null;
}

export interface Connection<Node> {
  edges: Array<{ cursor: string; node: Node }>;
  pageInfo: PageInfo;
}

/** The connection type of a node, `<Node>Connection`, and its edge. */
export function connectionOf<Node extends object>(nodeClass: ClassType<Node>, plural: string): ClassType<Connection<Node>> {
  @ObjectType(`${nodeClass.name}Edge`, { description: `One of the ${plural} of a page.` })
  class Edge {
    @Field(() => String, { description: 'The place of the node in the list.' })
    cursor!: string;

    @Field(() => nodeClass, { description: 'The node itself.' })
    node!: Node;
  }

  @ObjectType(`${nodeClass.name}Connection`, { description: `A page of ${plural}.` })
  class NodeConnection implements Connection<Node> {
    @Field(() => [Edge], { description: 'The nodes of the page, in order.' })
    edges!: Edge[];

    @Field(() => PageInfo, { description: 'Where the page ends.' })
    pageInfo!: PageInfo;
  }

  return NodeConnection;
}

/** Reads one page of the entities that fit, in the given order, which must be a total one. */
export async function readPage<Entity extends object>(
  em: EntityManager,
  entityClass: ClassType<Entity>,
  where: FilterQuery<NoInfer<Entity>>,
  orderBy: QueryOrderMap<NoInfer<Entity>>,
  pageArgs: PageArgs,
): Promise<Connection<Entity>> {
  checkPage(pageArgs, typesOf(em, entityClass, orderBy));
  const { first, after } = pageArgs;
  const page = await em.findByCursor(entityClass, { where, orderBy, first, includeCount: false, ...(after == null ? {} : { after }) });
  return {
    edges: page.items.map((node) => ({ cursor: page.from(node), node: node as Entity })),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPrevPage,
      startCursor: page.startCursor,
      endCursor: page.endCursor,
    },
  };
}

/** `types` are those of the values in the list's cursors. */
export function checkPage({ first, after }: PageArgs, types: readonly string[]): void {
  if (first < 1 || first > PAGE_LIMIT) {
    throw badInput([{ path: 'first', received: String(first), expected: `a whole number from 1 to ${PAGE_LIMIT}` }]);
  }
  if (after != null && !isCursor(after, types)) {
    throw badInput([{ path: 'after', received: describe(after), expected: 'a cursor of an earlier page' }]);
  }
}

/** What stands in a list's cursors: the types of the columns that it is ordered by. */
function typesOf<Entity extends object>(
  em: EntityManager,
  entityClass: ClassType<Entity>,
  orderBy: QueryOrderMap<NoInfer<Entity>>,
): string[] {
  const { properties } = em.getMetadata().get(entityClass);
  return Object.keys(orderBy).map((key) => {
    const { type, runtimeType } = properties[key as keyof typeof properties];
    return type === 'uuid' ? type : runtimeType;
  });
}

/**
 * Whether `text` is what the ORM writes as a cursor: the values that the list is ordered by, as JSON in base64url. The ORM
 * itself takes much else for one, and begins again at the first page.
 */
function isCursor(text: string, types: readonly string[]): boolean {
  const values = parseCursor(text);
  return (
    Array.isArray(values) &&
    values.length === types.length &&
    values.every((value: unknown, index) => isOfType(value, types[index]!)) &&
    cursorOf(values) === text
  );
}

export function cursorOf(values: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

function isOfType(value: unknown, type: string): boolean {
  return type === 'uuid' ? typeof value === 'string' && isId(value) : typeof value === type;
}

export function parseCursor(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
