import fc from 'fast-check';

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc
    .tuple(fc.constantFrom('', '-'), fc.nat(), fc.nat(), fc.constantFrom('', 'e1', 'E-3', 'e+20'))
    .map(([sign, whole, fraction, exponent]) => `${sign}${whole}.${fraction}${exponent}`),
  fc.bigInt().map(String),
  fc.constantFrom('0', '-0', '1.0', '0.10', '0.0000001', '1e21', '100000000000000000000'),
);
const string = fc.oneof(
  fc.string().map((text) => JSON.stringify(text)),
  fc.constantFrom(String.raw`"\u00e9"`, String.raw`"\/"`, String.raw`"\ud800"`, '"12"', String.raw`"\\u0041"`),
);
const space = fc.constantFrom('', '', ' ', '\n', '\t ');
const key = fc.oneof(
  string,
  fc.nat(20).map((n) => `"${n}"`),
);
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    number,
    string,
    fc.constantFrom('true', 'false', 'null'),
    fc.tuple(space, fc.array(tie('value'), { maxLength: 4 })).map(([gap, items]) => `[${gap}${items.join(`${gap},${gap}`)}${gap}]`),
    fc
      .tuple(space, fc.uniqueArray(fc.tuple(key, tie('value')), { maxLength: 4, selector: ([name]) => JSON.parse(name) as string }))
      .map(([gap, fields]) => `{${gap}${fields.map(([name, field]) => `${name}${gap}:${gap}${field}`).join(`${gap},`)}${gap}}`),
  ),
}));

/** Texts of JSON values as people and programs write them: with spaces, and numbers and strings spelled in odd ways. No key stands twice in one object. */
export const jsonText: fc.Arbitrary<string> = value;
