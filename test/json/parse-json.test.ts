import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../support/json-text.js';
import { withoutSpace } from '../../src/json/json-entries.js';
import { type JsonRefusal, type ParsedJson, parseJson } from '../../src/json/parse-json.js';

const LIMITS = { depth: 505, values: 300_000 };

async function parsed(text: string): Promise<ParsedJson> {
  const result = await parseJson(text, LIMITS);
  if ('reason' in result) throw new Error(`${result.reason} ${result.detail}`);
  return result;
}

async function refused(text: string): Promise<JsonRefusal> {
  const result = await parseJson(text, LIMITS);
  if ('value' in result) throw new Error('It was parsed.');
  return result;
}

/** More than is parsed without a pause. */
const FILLER = JSON.stringify('x'.repeat(200_000));

describe('a JSON text', () => {
  it('means what it means to JSON.parse, whatever it is and however long', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.boolean(), fc.nat(2), async (value, isLong, indent) => {
        const text = JSON.stringify(isLong ? { value, filler: FILLER, more: [value, { value }] } : value, null, indent);

        expect((await parsed(text)).value).toStrictEqual(JSON.parse(text));
      }),
    );
  });

  it('has `__proto__` for an ordinary key, in short and long texts', async () => {
    for (const text of ['{"__proto__":{"a":1}}', `{"__proto__":{"a":1},"filler":${FILLER}}`]) {
      const { value } = await parsed(text);

      expect(Object.keys(value as object)[0]).toBe('__proto__');
      expect((value as any).a).toBeUndefined();
    }
  });

  it('is given back where printing would change it, and only there', async () => {
    await fc.assert(
      fc.asyncProperty(jsonText, async (text) => {
        const { value, source } = await parsed(text);

        if (source === undefined) expect(JSON.stringify(value)).toBe(withoutSpace(text));
        else expect(source.text).toBe(text);
      }),
    );
  });

  it.each([
    '19.99',
    '{"price": 10.5, "count": -3, "id": "12345", "a": [0, true, null]}',
    '0.000001',
    '-0.5',
    '123456789012345',
    String.raw`"a\"b\\c\n\t"`,
    '"käse €"',
    '{"a1": 1, "-1": 2}',
  ])('such as %s takes the short way', async (text) => {
    expect((await parsed(text)).source).toBeUndefined();
  });

  it.each([
    '1.0',
    '10.50',
    '-0',
    '1e3',
    '1E400',
    '1000000000000000000000',
    '9007199254740993',
    '0.0000001',
    '{"10":1,"2":2}',
    String.raw`"\u0041"`,
    String.raw`"\/"`,
    '{"a": [{"b": 1.10}]}',
  ])('such as %s keeps its text', async (text) => {
    expect((await parsed(text)).source?.text).toBe(text);
  });
});

it('a text with an escape far behind its strings is read from left to right once', async () => {
  // With a look at the rest of the text for each of them, this would take minutes.
  const text = `[${`"${'x'.repeat(50)}",`.repeat(290_000)}"\\n"]`;

  expect((await parsed(text)).source).toBeUndefined();
});

describe('a text that is refused', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"variables":{"input":[{"b":{}},{"b":{"c":1,"d":{"c":2},"c":1}}]}}', 'variables.input[1].b.c'],
    [String.raw`{"a":{"x":1,"\u0078":2}}`, 'a.x'],
    ['{"a":"{\\"a\\":1}","b":[1,"a:"],"c" : 1 , "b" : 2}', 'b'],
    [`{"a":{"filler":${FILLER}},"b":1,"a":2}`, 'a'],
    [`[{"filler":${FILLER},"b":{"c":1,"c":2}}]`, '[0].b.c'.slice(1)],
  ])('has a key twice: %.60s', async (text, path) => {
    expect(await refused(text)).toEqual({ reason: 'REPEATED_KEY', detail: path });
  });

  it('is found wherever a key stands twice, and nowhere else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', '1'), fc.jsonValue()), { maxLength: 4 }), async (entries) => {
        const text = `{"outer":{${entries.map(([key, value]) => `"${key}":${JSON.stringify(value)}`).join()}}}`;
        const isRepeated = new Set(entries.map(([key]) => key)).size < entries.length;

        expect('reason' in (await parseJson(text, LIMITS))).toBe(isRepeated);
      }),
    );
  });

  it.each([
    ['deeper than the limit', '['.repeat(506) + ']'.repeat(506), 'TOO_DEEP'],
    ['of more values than the limit', `[${'0,'.repeat(300_000)}0]`, 'TOO_MANY_VALUES'],
    ['of more empty objects than the limit', `[${'{},'.repeat(150_000)}0]`, 'TOO_MANY_VALUES'],
    ['closed in another way than opened', '{"a":[1}]', 'UNBALANCED'],
    ['not closed', `{"a":[${FILLER}`, 'UNBALANCED'],
    ['closed twice', '{}}', 'UNBALANCED'],
  ])('is %s', async (_, text, reason) => {
    expect(await refused(text)).toMatchObject({ reason });
  });

  it('is no JSON, as JSON.parse has it, also where it is long', async () => {
    const broken = ['', 'nope', '{"a" 1}', '{"a":1,}', '[1 2]', '[,]', '{a:1}', '[01]', '["\\x"]', '[1]2', '"a', '[1e]', '{"a":}', "['a']"];
    for (const text of [...broken, ...broken.map((part) => `[${FILLER},${part}]`), `[${FILLER}] 1`, `1 [${FILLER}]`, `[${FILLER}],`]) {
      let isValid = true;
      try {
        JSON.parse(text);
      } catch {
        isValid = false;
      }
      expect([text.slice(-20), 'value' in (await parseJson(text, LIMITS))]).toEqual([text.slice(-20), isValid]);
    }
  });
});

describe('a long text is read in pieces, between which others have their turn', () => {
  const keys = Array.from({ length: 5000 }, (_, n) => `"${'k'.repeat(200)}${n}":${n}`);

  it.each([
    ['of long values', `{"events":[${Array.from({ length: 5000 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(200)}"}`).join()}]}`],
    ['of long keys', `{${keys.join()}}`],
    ['with a key that is repeated at its end', `{${[...keys, keys[0]].join()}}`],
  ])('%s', async (_, text) => {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);

    await parseJson(text, LIMITS);

    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(Math.floor(text.length / (128 * 1024)) - 1);
  });
});

it('the white space between values is left out, and none within strings', () => {
  expect(withoutSpace(' { "a b" :\t[ 1 ,\r\n" \\" x " ] } ')).toBe('{"a b":[1," \\" x "]}');
});
