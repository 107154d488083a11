import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  isCompositeType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import { ONCE, type SizeIn, type Sizes, sizesIn } from './sizes.js';
import { isConnection, isTypeName, listsAsGiven, timesOfSchemaField, weightOf } from './weights.js';

/** What some fields, with all that is in them, come to. */
export interface Shape {
  depth: number;
  aliasCount: number;
  /** What is in them of introspection, which has a limit of its own. */
  schemaWeight: number;
  /** The rest, but for what a variable multiplies. */
  weight: number;
  /** What a variable multiplies, beside `weight`. A fragment that has such a part stands here as a whole, once for each spread. */
  multiplied: Array<{ size: SizeIn; shape: Shape }>;
}

/** What an operation of a valid document comes to, and how many fields stand at its beginning, `__typename` aside. */
export function readShape(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
  const reader = new ShapeReader(schema, document, operation);
  return { shape: reader.read(operation), rootCount: reader.countRoots(operation.selectionSet) };
}

/**
 * Reads each fragment once, however often it is spread, so that the work goes by the length of the text and not by what its fragments
 * come to.
 */
class ShapeReader {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #sizes: Sizes;
  readonly #ofFragments = new Map<string, Shape>();
  readonly #rootsOfFragments = new Map<string, number>();

  constructor(schema: GraphQLSchema, { definitions }: DocumentNode, { variableDefinitions = [] }: OperationDefinitionNode) {
    this.#schema = schema;
    const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    this.#sizes = sizesIn(variableDefinitions);
  }

  read({ operation, selectionSet }: OperationDefinitionNode): Shape {
    return this.#ofSelections(selectionSet, this.#schema.getRootType(operation)!);
  }

  countRoots({ selections }: SelectionSetNode): number {
    let count = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) count += selection.name.value === TypeNameMetaFieldDef.name ? 0 : 1;
      else if (selection.kind === Kind.INLINE_FRAGMENT) count += this.countRoots(selection.selectionSet);
      else count += this.#countRootsOfFragment(selection.name.value);
    }
    return count;
  }

  #countRootsOfFragment(name: string): number {
    let count = this.#rootsOfFragments.get(name);
    if (count === undefined) {
      count = this.countRoots(this.#fragments.get(name)!.selectionSet);
      this.#rootsOfFragments.set(name, count);
    }
    return count;
  }

  #ofSelections({ selections }: SelectionSetNode, type: GraphQLCompositeType): Shape {
    const sum = emptyShape();
    for (const selection of selections) add(sum, this.#ofSelection(selection, type));
    return sum;
  }

  #ofSelection(selection: SelectionNode, type: GraphQLCompositeType): Shape {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.#ofField(selection, type);
      case Kind.INLINE_FRAGMENT:
        return this.#ofSelections(selection.selectionSet, this.#typeNamed(selection.typeCondition?.name.value) ?? type);
      case Kind.FRAGMENT_SPREAD:
        return asWhole(this.#ofFragment(selection.name.value));
    }
  }

  #ofFragment(name: string): Shape {
    let shape = this.#ofFragments.get(name);
    if (shape === undefined) {
      const { selectionSet, typeCondition } = this.#fragments.get(name)!;
      shape = this.#ofSelections(selectionSet, this.#typeNamed(typeCondition.name.value)!);
      this.#ofFragments.set(name, shape);
    }
    return shape;
  }

  #ofField(node: FieldNode, type: GraphQLCompositeType): Shape {
    const field = this.#fieldOf(type, node.name.value);
    const result = getNamedType(field.type);
    const shape = emptyShape();
    if (node.selectionSet !== undefined && isCompositeType(result)) {
      multiply(shape, this.#ofSelections(node.selectionSet, result), this.#sizeOf(node, field, type));
    }
    if (!isTypeName(field)) shape.depth += 1;
    shape.weight += weightOf(type.name, field, result);
    if (node.alias !== undefined) shape.aliasCount += 1;
    // Its depth is held by a rule of graphql-js (`MaxIntrospectionDepthRule`), and by its weight.
    return field === SchemaMetaFieldDef || field === TypeMetaFieldDef
      ? { ...shape, depth: 1, weight: 1, schemaWeight: shape.weight }
      : shape;
  }

  /** How many times what is in a field comes. */
  #sizeOf(node: FieldNode, field: GraphQLField<unknown, unknown>, type: GraphQLCompositeType): number | SizeIn {
    if (isConnection(getNamedType(field.type))) return this.#sizes.ofPage(node, field);
    const given = listsAsGiven[`${type.name}.${field.name}`];
    if (given !== undefined) return this.#sizes.asGiven(node, given);
    if (!isIntrospectionType(type)) return 1;
    return timesOfSchemaField(field.name, isListType(isNonNullType(field.type) ? field.type.ofType : field.type));
  }

  #fieldOf(type: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> {
    for (const meta of [TypeNameMetaFieldDef, SchemaMetaFieldDef, TypeMetaFieldDef]) if (meta.name === name) return meta;
    if (isObjectType(type) || isInterfaceType(type)) return type.getFields()[name]!;
    throw new Error(`The union ${type.name} has no field ${name}: the document is not valid.`);
  }

  #typeNamed(name: string | undefined): GraphQLCompositeType | undefined {
    return name === undefined ? undefined : (this.#schema.getType(name) as GraphQLCompositeType);
  }
}

/** What a shape weighs with these variables. */
export function weigh({ weight, multiplied }: Shape, variables: Record<string, unknown>): number {
  return multiplied.reduce((sum, { size, shape }) => sum + size(variables) * weigh(shape, variables), weight);
}

/** What a shape weighs at least, whatever the variables are. */
export function weighLeast(shape: Shape, known = new Map<Shape, number>()): number {
  let least = known.get(shape);
  if (least === undefined) {
    least = shape.multiplied.reduce((sum, part) => sum + weighLeast(part.shape, known), shape.weight);
    known.set(shape, least);
  }
  return least;
}

function emptyShape(): Shape {
  return { depth: 0, aliasCount: 0, schemaWeight: 0, weight: 0, multiplied: [] };
}

function add(sum: Shape, shape: Shape): void {
  sum.depth = Math.max(sum.depth, shape.depth);
  sum.aliasCount += shape.aliasCount;
  sum.schemaWeight += shape.schemaWeight;
  sum.weight += shape.weight;
  sum.multiplied.push(...shape.multiplied);
}

function multiply(sum: Shape, inner: Shape, size: number | SizeIn): void {
  if (typeof size === 'number' && (size === 1 || inner.multiplied.length === 0)) {
    add(sum, { ...inner, weight: inner.weight * size });
  } else {
    add(sum, { ...inner, weight: 0, multiplied: [{ size: typeof size === 'number' ? () => size : size, shape: inner }] });
  }
}

/** One that holds no list as long as its fragment's: fragments that spread each other twice would double it each time. */
function asWhole(shape: Shape): Shape {
  return shape.multiplied.length === 0 ? shape : { ...shape, weight: 0, multiplied: [{ size: ONCE, shape }] };
}
