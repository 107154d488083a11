import { type AnySchemaObject, type KeywordDefinition, str } from 'ajv';
import type { DataValidationCxt } from 'ajv/dist/types/index.js';
import { compareDecimals, type Decimal, isMultipleOf, readDecimal } from '../json/decimal.js';
import type { SpelledJson } from './spelled-json.js';

/** What is checked at the moment. A schema is compiled once, and its checks read here what they are about. */
export interface Checked {
  json: SpelledJson;
}

/** The keywords of numbers, by decimal digits: in doubles, 19.99 is no multiple of 0.01. */
export function numberKeywords(checked: Checked): KeywordDefinition[] {
  return [
    comparison(checked, 'minimum', '>=', (order) => order >= 0),
    comparison(checked, 'maximum', '<=', (order) => order <= 0),
    comparison(checked, 'exclusiveMinimum', '>', (order) => order > 0),
    comparison(checked, 'exclusiveMaximum', '<', (order) => order < 0),
    {
      keyword: 'multipleOf',
      type: 'number',
      schemaType: 'number',
      errors: false,
      error: { message: ({ schemaCode }) => str`must be multiple of ${schemaCode}` },
      compile: byDecimal(checked, isMultipleOf),
    },
  ];
}

function comparison(checked: Checked, keyword: string, sign: string, holds: (order: number) => boolean): KeywordDefinition {
  return {
    keyword,
    type: 'number',
    schemaType: 'number',
    errors: false,
    error: { message: ({ schemaCode }) => str`must be ${sign} ${schemaCode}` },
    compile: byDecimal(checked, (value, limit) => holds(compareDecimals(value, limit))),
  };
}

function byDecimal(checked: Checked, holds: (value: Decimal, limit: Decimal) => boolean) {
  return (keywordValue: number, _parentSchema: AnySchemaObject) => {
    const limit = readDecimal(String(keywordValue));
    return (value: number, { parentData, parentDataProperty }: DataValidationCxt = NOWHERE) =>
      holds(checked.json.decimalOf(value, parentData, parentDataProperty), limit);
  };
}

/** ajv's types allow for a check that is not told where its value stands; its code tells each. */
export const NOWHERE = { instancePath: '', parentData: {}, parentDataProperty: '', rootData: {}, dynamicAnchors: {} } as DataValidationCxt;
