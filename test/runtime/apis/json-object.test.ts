import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonObjectText } from '../../../src/runtime/apis/json-object.js';

const key = fc.oneof(
  fc.constantFrom('a', 'b', 'model', 'stream', '__proto__', 'é"\\'),
  fc.string({ maxLength: 6 }),
);
const document = fc.dictionary(key, fc.jsonValue({ maxDepth: 4 }), { maxKeys: 8 });
const indent = fc.constantFrom(undefined, 0, 2, '\t');

type Step = { readonly name: string; readonly value: unknown };
const steps = fc.array(fc.record({ name: key, value: fc.oneof(fc.constant(undefined), fc.jsonValue()) }), {
  maxLength: 6,
});

function put(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

function parse(text: string): Record<string, unknown> {
  const value: Record<string, unknown> = JSON.parse(text);
  return value;
}

test('edits give what parse, modify, stringify would give', () => {
  fc.assert(
    fc.property(document, indent, steps, (original, space, edits: readonly Step[]) => {
      const text = JSON.stringify(original, undefined, space);
      const edited = new JsonObjectText(text);
      const expected = parse(text);
      for (const { name, value } of edits) {
        if (value === undefined) {
          edited.delete(name);
          delete expected[name];
        } else {
          edited.set(name, JSON.stringify(value));
          put(expected, name, parse(`{"v":${JSON.stringify(value)}}`).v);
        }
      }
      const result = parse(edited.toString());
      expect(new Map(Object.entries(result))).toEqual(new Map(Object.entries(expected)));
    }),
    { numRuns: 500 },
  );
});

test('one member set in place gives what the general way gives, to the character', () => {
  fc.assert(
    fc.property(document, indent, fc.jsonValue(), fc.nat(), (original, space, value, pick) => {
      const text = JSON.stringify(original, undefined, space);
      const names = Object.keys(original);
      const name = names[pick % Math.max(1, names.length)] ?? 'model';
      const json = JSON.stringify(value);
      const both = new JsonObjectText(text).set(name, json).set('added later', '1').delete('added later');
      expect(new JsonObjectText(text).set(name, json).toString()).toBe(both.toString());
    }),
    { numRuns: 300 },
  );
});

test('an untouched text is returned as the same string', () => {
  const text = ' { "a" : 1 , "a" : [ 2 ] }\n';
  expect(new JsonObjectText(text).toString()).toBe(text);
});

test('everything but the edited member keeps its characters', () => {
  const text = '{ "id": 12345678901234567890,\n  "x":1.0e+2, "model" : "a", "\\u0061":"\\u00e9"}';
  expect(new JsonObjectText(text).set('model', '"b"').toString()).toBe(text.replace('"a",', '"b",'));
});

test('of duplicate keys the last one counts, and an edit replaces all of them', () => {
  const text = '{"m":1, "a":2, "m":3, "m":4}';
  expect(new JsonObjectText(text).get('m')).toBe('4');
  expect(new JsonObjectText(text).set('m', '5').toString()).toBe('{"a":2, "m":5}');
  expect(new JsonObjectText(text).delete('m').toString()).toBe('{"a":2}');
  expect(new JsonObjectText(text).delete('m').set('m', '6').toString()).toBe('{"a":2, "m":6}');
});

test('a key is found however it is escaped', () => {
  expect(new JsonObjectText('{"\\u006dodel":"a"}').set('model', '"b"').toString()).toBe(
    '{"\\u006dodel":"b"}',
  );
});

test('members are appended to an empty object', () => {
  expect(new JsonObjectText('{ }').set('a', '1').set('b', '2').toString()).toBe('{"a":1,"b":2 }');
});

test('nested members are set and removed without touching their siblings', () => {
  const body = new JsonObjectText('{"chat_template_kwargs":{"x":9007199254740993,"thinking":false}}');
  expect(body.setIn('chat_template_kwargs', 'thinking', 'true').toString()).toBe(
    '{"chat_template_kwargs":{"x":9007199254740993,"thinking":true}}',
  );
  expect(
    body.deleteIn('chat_template_kwargs', 'x').deleteIn('chat_template_kwargs', 'thinking').toString(),
  ).toBe('{}');
  expect(new JsonObjectText('{"s":null}').setIn('s', 'k', '1').toString()).toBe('{"s":{"k":1}}');
});

test('depth does not matter', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  expect(new JsonObjectText(`{"d":${deep},"m":1}`).set('m', '2').toString()).toBe(`{"d":${deep},"m":2}`);
});
