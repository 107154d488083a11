import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { type GraphQLNamedType, type GraphQLSchema, isIntrospectionType, isSpecifiedScalarType, printType } from 'graphql';
import { createSchema } from '../src/api/schema.js';

const FILE = 'schema.graphql';
const ROOTS = ['Query', 'Mutation', 'Subscription'];

/** The schema as text: the operations first, then the types by name; fields in the order in which the code declares them. */
export function printApi(schema: GraphQLSchema): string {
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .toSorted(byPlace);
  return `# Generated from the code by "npm run schema".\n\n${types.map(printType).join('\n\n')}\n`;
}

function byPlace(one: GraphQLNamedType, other: GraphQLNamedType): number {
  return placeOf(one) - placeOf(other) || (one.name < other.name ? -1 : 1);
}

function placeOf({ name }: GraphQLNamedType): number {
  return ROOTS.includes(name) ? ROOTS.indexOf(name) : ROOTS.length;
}

/** Writes `schema.graphql`; with `--check`, fails when the file is not what would be written. */
if (import.meta.main) {
  const text = printApi(await createSchema());
  if (!process.argv.includes('--check')) {
    writeFileSync(FILE, text);
    console.log(`Written: ${FILE}`);
  } else if (text === readIfThere(FILE)) {
    console.log(`${FILE} is what the code says.`);
  } else {
    console.error(`${FILE} is not what the code says. Run "npm run schema" and commit the file with your change.`);
    process.exit(1);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
