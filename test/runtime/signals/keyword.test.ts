import { describe, expect, it } from 'vitest';
import { keywordFamily } from '../../../src/runtime/signals/keyword.js';
import { issuesOf, outcome } from './fake-request.js';

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

describe('config issues', () => {
  it('names look-around as unsupported', () => {
    expect(issuesOf(keywordFamily, rule(['a(?=b)'], { method: 'regex' }))[0]).toMatch(/look-around/);
  });
});
