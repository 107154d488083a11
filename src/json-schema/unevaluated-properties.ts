import { _, type Ajv, type CodeKeywordDefinition, type KeywordCxt, Name } from 'ajv';

/**
 * ajv's `unevaluatedProperties`, which takes down the names of the properties that were looked at as the keys of an object, where
 * `constructor` always seems to be one. This one asks an object that has nothing of itself. None for a draft that does not know it.
 */
export function unevaluatedProperties(ajv: Pick<Ajv, 'getKeyword'>): CodeKeywordDefinition[] {
  const keyword = ajv.getKeyword('unevaluatedProperties') as CodeKeywordDefinition | false;
  if (keyword === false) return [];
  return [
    {
      ...keyword,
      keyword: 'unevaluatedProperties',
      code(context: KeywordCxt) {
        const { gen, it } = context;
        const { props } = it;
        if (props instanceof Name) {
          gen.if(_`typeof ${props} == "object"`, () => {
            gen.code(_`Object.setPrototypeOf(${props}, null)`);
          });
        }
        keyword.code(context);
      },
    },
  ];
}
