import {
  type DocumentNode,
  getIntrospectionQuery,
  getOperationAST,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { CallerError } from '../../errors.js';
import { countWords } from './document-words.js';
import { limits } from './limits.js';
import { readShape, type Shape, weigh, weighLeast } from './shape.js';

/** What is known of an operation before there are variables. */
interface Judged {
  shape: Shape;
  /** Why it is refused whatever the variables are. */
  excess: CallerError | undefined;
}

/** Finds out what operations ask for too much, from their shape, once for each document; only pages that variables size are counted for each request. */
export class DocumentLimits {
  readonly #schema: GraphQLSchema;
  readonly #known = new WeakMap<OperationDefinitionNode, Judged>();
  /** What all of the schema weighs: one operation may ask for it once. */
  readonly #schemaWeight: number;

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    const all = { specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true };
    const document = parse(getIntrospectionQuery(all));
    this.#schemaWeight = readShape(schema, document, getOperationAST(document)!).shape.schemaWeight;
  }

  /** A QUERY_TOO_COSTLY error where a valid operation asks for more than one may. */
  findExcess(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Record<string, unknown> | null | undefined,
  ): CallerError | undefined {
    const operation = getOperationAST(document, operationName);
    // Which one is meant is not said, and so none is run.
    if (operation == null) return undefined;
    let judged = this.#known.get(operation);
    if (judged === undefined) {
      judged = this.#judge(document, operation);
      this.#known.set(operation, judged);
    }
    if (judged.excess !== undefined || judged.shape.multiplied.length === 0) return judged.excess;
    return findWeightExcess(weigh(judged.shape, variables ?? {}));
  }

  #judge(document: DocumentNode, operation: OperationDefinitionNode): Judged {
    const { shape, rootCount } = readShape(this.#schema, document, operation);
    const { depth, aliasCount, schemaWeight } = shape;
    const excess =
      (countWords(document) > limits.tokens ? tooManyWords : undefined) ??
      findCountExcess(depth, limits.depth, 'fields in each other') ??
      findCountExcess(rootCount, limits.rootFields, `fields of the ${operation.operation} itself`) ??
      findCountExcess(aliasCount, limits.aliases, 'aliases') ??
      (schemaWeight > this.#schemaWeight ? tooCostly('asks for more than the whole schema: expected it once.') : undefined) ??
      // Once this holds, what is multiplied has no more parts than that, and may be counted for each request.
      findWeightExcess(weighLeast(shape));
    return { shape, excess };
  }
}

function findCountExcess(count: number, most: number, noun: string): CallerError | undefined {
  return count > most ? tooCostly(`has ${written(count)} ${noun}: expected at most ${most}.`) : undefined;
}

function findWeightExcess(weight: number): CallerError | undefined {
  if (weight <= limits.weight) return undefined;
  const expected = `expected at most ${written(limits.weight)}`;
  return tooCostly(
    `weighs ${written(weight)}: ${expected}. Each list multiplies what is in it by its size: ask for smaller pages, or for less of each node.`,
  );
}

/** An error for a query that is over a limit: a sentence that goes on after "The query". */
export function tooCostly(sentence: string): CallerError {
  return new CallerError('QUERY_TOO_COSTLY', `The query ${sentence}`);
}

/** For a text that has more words than one may. */
export const tooManyWords = tooCostly(`has more than ${limits.tokens} words, names and signs: give what is long as variables.`);

/** For a text that the parser has not stack enough for. */
export const tooNested = tooCostly('has too many things in each other.');

/** Beyond a million it makes no difference how much it is. */
function written(count: number): string {
  return count > 1e6 ? 'more than 1,000,000' : Math.round(count).toLocaleString('en-US');
}
