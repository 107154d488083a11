import fc from 'fast-check';

/** Text of which somebody's program has made a fault: what ends strings, headers, lines and statements, or is too long. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\ud800',
    '\udfff\ud800',
    '\ufeff',
    '\u202e',
    '\r\n\r\n',
    'a\r\nx: y',
    '__proto__',
    'constructor',
    'toString',
    'null',
    "'; drop table hooks; --",
    '%ACCESS_TOKEN%',
    '%ACCESS_TOKEN%\n',
    '$&$1',
    '${x}',
    '{{x}}',
    '../../etc/passwd',
    '9'.repeat(400),
    'x'.repeat(5000),
    '👩‍👩‍👧‍👦'.repeat(300),
  ),
);

/** Any JSON, above all what is of the wrong kind. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, false, [], {}, 0, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e300, [null], [[]], { __proto__: null }),
  fc.jsonValue({ noUnicodeString: false }),
);

/** A copy of `value` with up to three places taken out or put in the place of something hostile. */
export function changed(value: unknown): fc.Arbitrary<unknown> {
  const change = fc.tuple(fc.nat(), fc.option(hostileJson, { nil: TAKEN_OUT, freq: 6 }));
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const root = { value: structuredClone(value) };
    for (const [number, replacement] of changes) {
      const places = placesOf(root);
      const { holder, key } = places[number % places.length]!;
      if (replacement === TAKEN_OUT && holder !== root) delete holder[key];
      else if (replacement !== TAKEN_OUT) holder[key] = structuredClone(replacement);
    }
    return root.value;
  });
}

const TAKEN_OUT = Symbol('taken out');

type Holder = Record<string, unknown>;

/** Every place at or below the properties of an object. */
function placesOf(holder: Holder): Array<{ holder: Holder; key: string }> {
  return Object.keys(holder).flatMap((key) => {
    const inside = holder[key];
    return [{ holder, key }, ...(typeof inside === 'object' && inside !== null ? placesOf(inside as Holder) : [])];
  });
}
