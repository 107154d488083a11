import { type KeywordDefinition, str } from 'ajv';
import type { DataValidationCxt } from 'ajv/dist/types/index.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { compareDecimals, isWhole, readDecimal } from '../json/decimal.js';
import { type Checked, NOWHERE } from './number-keywords.js';
import { pathOf, SchemaFault } from './schema-fault.js';

/** How a format that the server does not know is met. */
export interface FormatOptions {
  /** Whether it is refused; otherwise it allows everything. */
  isStrict: boolean;
}

/** The longest text that may be a `url`, whose pattern takes the square of the time. */
const LONGEST_URL = 4096;

/** Formats of numbers: whether they are of whole numbers, and the least and the greatest. */
const numberFormats = new Map([
  ['int32', { isWhole: true, ...rangeOf(-(2n ** 31n), 2n ** 31n - 1n) }],
  ['int64', { isWhole: true, ...rangeOf(-(2n ** 63n), 2n ** 63n - 1n) }],
  ['float', { isWhole: false, ...rangeOf(-3.4028234663852886e38, 3.4028234663852886e38) }],
  ['double', { isWhole: false, ...rangeOf(-Number.MAX_VALUE, Number.MAX_VALUE) }],
]);

function rangeOf(least: number | bigint, greatest: number | bigint) {
  return { least: readDecimal(String(least)), greatest: readDecimal(String(greatest)) };
}

/** Formats of text. `password` and `binary` say what a text is for, and take every one. */
const textFormats = new Map<string, (text: string) => boolean>(
  Object.entries(fullFormats).flatMap(([name, format]): Array<[string, (text: string) => boolean]> => {
    if (numberFormats.has(name)) return [];
    return [[name, testOf(format as TextFormat)]];
  }),
);

type TextFormat = true | RegExp | ((text: string) => boolean) | { validate: (text: string) => boolean };

function testOf(format: TextFormat): (text: string) => boolean {
  if (format === true) return () => true;
  if (format instanceof RegExp) return (text) => format.test(text);
  return typeof format === 'function' ? format : format.validate;
}

/** What `format` may say. */
export const formatNames: readonly string[] = [...textFormats.keys(), ...numberFormats.keys()].toSorted();

/** The keyword `format`, for formats that the server knows. */
export function formatKeyword(checked: Checked, { isStrict }: FormatOptions): KeywordDefinition {
  return {
    keyword: 'format',
    type: ['string', 'number'],
    schemaType: 'string',
    errors: false,
    error: { message: ({ schemaCode }) => str`must match format "${schemaCode}"` },
    compile(name: string, _parentSchema, { errSchemaPath }) {
      const ofText = textFormats.get(name);
      const ofNumber = numberFormats.get(name);
      if (ofText === undefined && ofNumber === undefined && isStrict) {
        throw new SchemaFault(`${pathOf(errSchemaPath)}.format`, name, `a format that the server can check: ${formatNames.join(', ')}`);
      }
      return (value: string | number, { parentData, parentDataProperty }: DataValidationCxt = NOWHERE) => {
        if (typeof value === 'string') return ofText === undefined || ((name !== 'url' || value.length <= LONGEST_URL) && ofText(value));
        if (ofNumber === undefined) return true;
        const decimal = checked.json.decimalOf(value, parentData, parentDataProperty);
        const isWithin = compareDecimals(decimal, ofNumber.least) >= 0 && compareDecimals(decimal, ofNumber.greatest) <= 0;
        return isWithin && (!ofNumber.isWhole || isWhole(decimal));
      };
    },
  };
}
