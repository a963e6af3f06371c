import { describe, expect, it } from 'vitest';
import { jsonAnswer } from '../../../src/runtime/external/json-answers.js';

describe('reading JSON out of an answer', () => {
  it.each<readonly [what: string, text: string, route: unknown]>([
    ['alone', '{"route": "code"}', 'code'],
    ['between prose', 'Sure! Here it is: {"route": "code"}. Anything else?', 'code'],
    ['in a fence', '```json\n{\n  "route": "code"\n}\n```', 'code'],
    ['with an apostrophe', '{"route": "editor\'s choice"}', "editor's choice"],
    ['behind prose with apostrophes', 'It\'s the user\'s wish: {"route": "code"}', 'code'],
    ['in the manner of Python', "{'route': 'code', 'sure': True,}", 'code'],
    ['in that manner with an apostrophe', "{'route': 'editor's choice'}", "editor's choice"],
    ['with an escaped apostrophe', "{'route': 'editor\\'s choice'}", "editor's choice"],
    ['with braces in a string', '{"why": "a { b", "route": "code"}', 'code'],
    ['the last of several', '{"route": "math"} no, rather {"route": "code"}', 'code'],
    ['wrapped', '{"result": {"route": "code"}}', 'code'],
    ['behind thoughts', '<think>{"route": "math"}?</think>{"route": "code"}', 'code'],
    ['behind thoughts without a beginning', 'maybe {"route": "math"}</think>\n{"route": "code"}', 'code'],
    ['behind a brace that nothing closes', 'a set { of { things: {"route": "code"}', 'code'],
    ['beside another object', '{"route": "code"} {"note": 1}', 'code'],
  ])('%s', (_, text, route) => {
    expect(jsonAnswer(text, 'route')?.route).toBe(route);
  });

  it.each([
    '',
    'code',
    '{"route": ',
    '["route"]',
    '{"other": 1}',
    '<think>{"route": "a"}',
    '{'.repeat(50_000),
  ])('finds nothing in %s', (text) => {
    expect(jsonAnswer(text, 'route')).toBeUndefined();
  });

  it('takes an inherited member for none', () => {
    expect(jsonAnswer('{}', 'constructor')).toBeUndefined();
  });
});
