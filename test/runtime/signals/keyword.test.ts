import { describe, expect, it } from 'vitest';
import { keywordFamily } from '../../../src/runtime/signals/keyword.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import { issuesOf, outcome, userSays } from './fake-request.js';

const rule = (keywords: readonly string[], more: Record<string, unknown> = {}) => ({
  name: 'k',
  operator: 'OR',
  keywords,
  ...more,
});

async function matches(keyword: string, text: string, more: Record<string, unknown> = {}): Promise<boolean> {
  return (await outcome(keywordFamily, rule([keyword], more), text)).status === 'matched';
}

describe('literal keywords', () => {
  it.each([
    ['C++', 'I write C++ daily'],
    ['C++', 'C++'],
    ['C', 'C++ or C?'],
    ['C#', 'in C#.'],
    ['.NET', 'uses .NET 8'],
    ['.NET', 'ASP.NET'],
    ['node.js', 'Node.js rocks'],
    ['CVE-', 'see CVE-2024-1234'],
    ['jailbreak', 'a jail\u200bbreak'],
    ['jailbreak', 'a \u202ejail\u00adbreak\u202c'],
    ['jailbreak', 'now\u200bjailbreak\u200bplease'],
    ['jail\u00adbreak', 'a jailbreak'],
    ['café', 'un cafe\u200b\u0301 noir'],
    ['می\u200cخواهم', 'من می\u200cخواهم بروم'],
    ['❤\ufe0f', 'I ❤ it'],
    ['❤', 'I ❤\ufe0f it'],
    ['\u200b', 'a\u200bb'],
    ['café', 'un cafe\u0301 noir'],
    ['cafe\u0301', 'un café noir'],
    ['Привет', 'ну, привет!'],
    ['你好', '你好吗'],
    ['AI', '用AI做饭'],
    ['ありがとう', 'どうもありがとうございます'],
    ['データ', 'ビッグデータ解析'],
    ['สวัสดี', 'สวัสดีครับ'],
    ['مرحبا', 'مرحبا بالعالم'],
    ["don't", 'Please don’t do it'],
    ['Straße', 'STRASSE'],
    ['STRAẞE', 'straße'],
    ['ΟΔΟΣ', 'οδος'],
    ['istanbul', 'İSTANBUL'],
    ['ISPARTA', 'ısparta'],
    ['🚀', 'go🚀now'],
    ['AI', 'I ❤️AI'],
    ['machine learning', 'Machine \n\t learning'],
    ['  machine   learning ', 'machine learning'],
    ['ＡＩ', 'AI'],
    ['end', 'the end'],
    ['start', 'start it'],
    ['Acme', 'Acme™'],
    ['x', 'x²'],
  ])('finds %j in %j', async (keyword, text) => {
    expect(await matches(keyword, text)).toBe(true);
  });

  it.each([
    ['C', 'Cat'],
    ['art', 'start'],
    ['art', 'artist'],
    ['Привет', 'Приветствие'],
    ['кот', 'который'],
    ['caf', 'café'],
    ['caf', 'cafe\u0301'],
    ['.NET', '.NETWORK'],
    ['node.js', 'nodexjs'],
    ['مرحبا', 'مرحبابكم'],
    ['AI', 'AI_x'],
    ['machine learning', 'machinelearning'],
    ['x', ''],
  ])('does not find %j in %j', async (keyword, text) => {
    expect(await matches(keyword, text)).toBe(false);
  });
});

describe('operators', () => {
  it.each([
    ['OR', 'red fish', 'matched', ['red']],
    ['OR', 'nothing', 'not_matched', []],
    ['AND', 'red and blue', 'matched', ['red', 'blue']],
    ['AND', 'red', 'not_matched', ['red']],
    ['NOR', 'green', 'matched', []],
    ['NOR', 'blue', 'not_matched', ['blue']],
  ])('%s on %j', async (operator, text, status, evidence) => {
    expect(await outcome(keywordFamily, rule(['red', 'blue'], { operator }), text)).toEqual({
      status,
      evidence,
    });
  });
});

describe('letter case', () => {
  it.each([
    ['Á', 'a Ａ\u0301 b'],
    ['ガ', 'カ\uff9e'],
    ['Ａ\u200b\u0301', 'a Á b'],
  ])('%j is the same as in %j though the case matters', async (keyword, text) => {
    expect(await matches(keyword, text, { case_sensitive: true })).toBe(true);
  });

  it('matters only if asked for, rule by rule', async () => {
    expect(await matches('Apple', 'an apple')).toBe(true);
    expect(await matches('Apple', 'an apple', { case_sensitive: true })).toBe(false);
    expect(await matches('Apple', 'an Apple', { case_sensitive: true })).toBe(true);
    expect(await matches('Cafe\u0301', 'Café', { case_sensitive: true })).toBe(true);
  });
});

describe('many rules', () => {
  it('are all reported, and share one scan of the text', () => {
    const rules = keywordFamily.compile(
      [['a b'], ['b c'], ['b'], ['x']].map((keywords) => keywordFamily.schema.parse(rule(keywords))),
      { encoder: undefined },
    );
    const request = createSignalRequest(userSays('a b c'), undefined);
    const statuses = rules
      .map((compiled) => compiled.evaluate(request))
      .map((found) => 'status' in found && found.status);
    expect(statuses).toEqual(['matched', 'matched', 'matched', 'not_matched']);
  });

  it('come to an end on a text of 8 MB that is nearly each of them', () => {
    const keywords = Array.from({ length: 500 }, (_, index) => `${'a'.repeat(index % 40)}b${index}`);
    const rules = keywordFamily.compile([keywordFamily.schema.parse(rule(keywords))], { encoder: undefined });
    const request = createSignalRequest(userSays('a'.repeat(8_000_000)), undefined);
    expect(rules[0]?.evaluate(request)).toMatchObject({ status: 'not_matched' });
  });
});

describe('method regex', () => {
  it('takes patterns as they are, without word edges', async () => {
    expect(await matches('err(or)?\\s+\\d+', 'ERROR  42', { method: 'regex' })).toBe(true);
    expect(await matches('rr', 'error', { method: 'regex' })).toBe(true);
    expect(await matches('ERR', 'error', { method: 'regex', case_sensitive: true })).toBe(false);
  });

  it('survives patterns that make a backtracking engine explode', async () => {
    for (const pattern of ['(a+)+$', '(a|a)*b', '(a|aa)+c', '([a-z]+)*X']) {
      expect(await matches(pattern, `${'a'.repeat(50_000)}!`, { method: 'regex' })).toBe(false);
    }
  });
});

describe('method fuzzy', () => {
  it.each([
    ['kubernetes', 'deploy on kubernets', true],
    ['kubernetes', 'kuberentes', true],
    ['machine learning', 'about machin lerning', true],
    ['machine learning', 'machine that is learning', false],
    ['AI', 'an ox is at it', false],
    ['AI', 'the ai', true],
    ['Go', 'to do', false],
    ['cats', 'cars', true],
    ['cats', 'cabs and dogs', true],
    ['cats', 'bars', false],
    ['你好', '你好吗', true],
    ['你好', '你坏', false],
    ['привет', 'превет', true],
  ])('%j in %j: %s', async (keyword, text, expected) => {
    expect(await matches(keyword, text, { method: 'fuzzy' })).toBe(expected);
    expect(await matches(keyword, text, { fuzzy_match: true })).toBe(expected);
  });

  it('gives the similarity of the best match as score', async () => {
    const found = await outcome(keywordFamily, rule(['kubernetes'], { method: 'fuzzy' }), 'kubernets');
    expect(found).toMatchObject({ status: 'matched', score: 0.9, evidence: ['kubernetes'] });
  });
});

describe('method bm25', () => {
  it.each([
    ['database migration', 'how do I migrate my databases', true],
    ['coding', 'write some code', true],
    ['the', 'the', true],
    ['database', 'a poem about the sea', false],
    ['机器学习', '我想学习机器学习', true],
    ['机器学习', '天气', false],
  ])('%j in %j: %s', async (keyword, text, expected) => {
    expect(await matches(keyword, text, { method: 'bm25' })).toBe(expected);
  });

  it('asks for more shared terms with a higher threshold', async () => {
    const strict = { method: 'bm25', bm25_threshold: 0.4 };
    expect(await matches('database migration plan', 'a plan', strict)).toBe(false);
    expect(await matches('database migration plan', 'plan the database migration', strict)).toBe(true);
  });
});

describe('method ngram', () => {
  it.each([
    ['kubernetes', 'kubernets', true],
    ['kubernetes', 'cumbersome', false],
    ['machine learning', 'machine gun', false],
    ['machine learning', 'machines learnings', true],
    ['AI', 'aim', false],
  ])('%j in %j: %s', async (keyword, text, expected) => {
    expect(await matches(keyword, text, { method: 'ngram' })).toBe(expected);
  });

  it('scores the same word 1', async () => {
    const found = await outcome(
      keywordFamily,
      rule(['router'], { method: 'ngram', ngram_arity: 2 }),
      'A Router',
    );
    expect(found).toMatchObject({ status: 'matched', score: 1 });
  });
});

describe('odd input', () => {
  it.each(['literal', 'regex', 'fuzzy', 'bm25', 'ngram'])('does not upset method %s', async (method) => {
    for (const text of ['', '\ud83d', '\0', '\u0301', '🚀'.repeat(1000), 'a\u200db', '\ud83d\ud83d\udc00']) {
      expect((await outcome(keywordFamily, rule(['word'], { method }), text)).status).toBe('not_matched');
    }
  });
});

describe('config issues', () => {
  it.each([
    [rule([]), /keywords/],
    [rule(['a', '']), /must not be empty/],
    [rule(['a'], { operator: 'or' }), /operator/],
    [rule(['a'], { method: 'exact' }), /method/],
    [rule(['a(?=b)'], { method: 'regex' }), /0\.keywords\.0: .*look-around/],
    [rule(['ok', '(a)\\1'], { method: 'regex' }), /0\.keywords\.1: .*back-references/],
    [rule(['a'], { method: 'ngram', ngram_arity: 1 }), /at least 2/],
    [rule(['++'], { method: 'bm25' }), /use method: literal/],
    [rule(['a'], { method: 'bm25', fuzzy_match: true }), /0\.fuzzy_match: not used with `method: bm25`/],
  ])('%j', (raw, message) => {
    expect(issuesOf(keywordFamily, raw).join('\n')).toMatch(message);
  });
});
