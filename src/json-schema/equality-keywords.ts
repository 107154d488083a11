import type { KeywordDefinition } from 'ajv';
import type { DataValidateFunction, DataValidationCxt } from 'ajv/dist/types/index.js';
import { SpelledJson } from './spelled-json.js';
import { type Checked, NOWHERE } from './number-keywords.js';

/** The keywords that ask whether values are equal: by the digits of their numbers, and in a time that grows with their size alone. */
export function equalityKeywords(checked: Checked): KeywordDefinition[] {
  const textOf = (value: unknown, { parentData, parentDataProperty }: DataValidationCxt = NOWHERE) =>
    checked.json.canonicalText(value, parentData, parentDataProperty);
  return [
    {
      keyword: 'const',
      errors: false,
      error: { message: 'must be equal to constant' },
      compile(allowed: unknown) {
        const text = textOfSchema(allowed);
        return (value: unknown, context) => textOf(value, context) === text;
      },
    },
    {
      keyword: 'enum',
      schemaType: 'array',
      errors: false,
      error: { message: 'must be equal to one of the allowed values' },
      compile(allowed: readonly unknown[]) {
        const texts = new Set(allowed.map(textOfSchema));
        return (value: unknown, context) => texts.has(textOf(value, context));
      },
    },
    {
      keyword: 'uniqueItems',
      type: 'array',
      schemaType: 'boolean',
      compile(isAsked: boolean) {
        const isUnique: DataValidateFunction = (items: readonly unknown[]) => {
          const indexes = new Map<string, number>();
          for (const [index, item] of isAsked ? items.entries() : []) {
            const text = checked.json.canonicalText(item, items, index);
            const earlier = indexes.get(text);
            if (earlier !== undefined) {
              const message = `must NOT have duplicate items (items ## ${earlier} and ${index} are identical)`;
              isUnique.errors = [{ keyword: 'uniqueItems', message, params: { i: index, j: earlier } }];
              return false;
            }
            indexes.set(text, index);
          }
          return true;
        };
        return isUnique;
      },
    },
  ];
}

/** The values in a schema are doubles, as the API takes them. */
function textOfSchema(value: unknown): string {
  const json = new SpelledJson(JSON.stringify(value));
  return json.canonicalText(json.value, json.root, '');
}
