// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of config files, no templates
import { describe, expect, it } from 'vitest';
import { judge, lines, matched, request, routerFor } from './support.js';

const providers = 'providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: h}]}]}';

/** One decision per rule, so that every rule is used. */
function config(...rules: string[]): string {
  const decisions = rules.map(
    (_, index) => `    - {name: d${index}, rules: {type: keyword, name: r${index}}, modelRefs: [{model: m}]}`,
  );
  const signals = rules.map((rule, index) => `      - {name: r${index}, ${rule}}`);
  return `version: v0.3\n${providers}\nrouting:\n  signals:\n    keywords:\n${signals.join('\n')}\n  decisions:\n${decisions.join('\n')}\n`;
}

const any = (keywords: string, more = '') => `operator: OR, keywords: ${keywords}${more && `, ${more}`}`;
const all = (keywords: string, more = '') => `operator: AND, keywords: ${keywords}${more && `, ${more}`}`;
const none = (keywords: string, more = '') => `operator: NOR, keywords: ${keywords}${more && `, ${more}`}`;
const regex = (pattern: string, more = '') => any(`['${pattern}']`, `method: regex${more && `, ${more}`}`);

type Case = readonly [rule: string, text: string, matches: boolean];

const groups: Readonly<Record<string, readonly Case[]>> = {
  'word edges': [
    [any('[urgent]'), 'This is urgent', true],
    [any('[urgent]'), 'urgent', true],
    [any('[urgent]'), 'URGENT!!!', true],
    [any('[urgent]'), '(urgent)', true],
    [any('[urgent]'), '"urgent",', true],
    [any('[urgent]'), 'urgently needed', false],
    [any('[urgent]'), 'insurgent groups', false],
    [any('[urgent]'), 'non-urgent matter', true],
    [any('[urgent]'), 'urgent_flag = 1', false],
    [any('[urgent]'), 'the urgent\nmatter', true],
    [any('[urgent]'), 'line one\turgent\tline', true],
    [any('[art]'), 'state of the art.', true],
    [any('[art]'), 'start the cart', false],
    [any('[AI]'), 'What is AI?', true],
    [any('[AI]'), 'I said it again', false],
    [any('[AI]'), 'ai', true],
    [any('[go]'), 'a google search', false],
    [any('[R]'), 'plot this in R', true],
    [any('[R]'), 'plotter', false],
  ],
  'symbols in keywords': [
    [any('["C++"]'), 'Write it in C++ please', true],
    [any('["C++"]'), 'Is C++17 good?', true],
    [any('["C++"]'), 'grade C', false],
    [any('["C++"]'), 'ABC++', false],
    [any('["C#"]'), 'a C# class', true],
    [any('["C#"]'), 'C#', true],
    [any('["C#"]'), 'musical C', false],
    [any('[".NET"]'), 'port to .NET 8', true],
    [any('[".NET"]'), 'ASP.NET Core', true],
    [any('[".NET"]'), 'the net worth', false],
    [any('[".NET"]'), 'open .NETWORK', false],
    [any('[node.js]'), 'use node.js here', true],
    [any('[node.js]'), 'Node.js.', true],
    [any('[node.js]'), 'nodexjs', false],
    [any('[node.js]'), 'node js', false],
    [any('["a.b"]'), 'axb', false],
    [any('["(x|y)"]'), 'solve (x|y) now', true],
    [any('["(x|y)"]'), 'x', false],
    [any('["$100"]'), 'it costs $100 today', true],
    [any('["$100"]'), 'it costs 100 today', false],
    [any('["$100"]'), 'it costs $1000', false],
    [any('["50%"]'), 'a 50% discount', true],
    [any('["@support"]'), 'ask @support', true],
    [any('["CVE-"]'), 'Explain CVE-2024-3094', true],
    [any('["CVE-"]'), 'my CV', false],
    [any('["#1"]'), 'we are #1!', true],
    [any('["->"]'), 'a -> b', true],
    [any('["*"]'), 'a * b', true],
    [any('["\\\\n"]'), 'a \\n b', true],
  ],
  'hyphens, apostrophes, underscores, digits': [
    [any('["don\'t"]'), "I don't know", true],
    [any('["don\'t"]'), 'I don’t know', true],
    [any('["don\'t"]'), 'I dont know', false],
    [any('[don]'), "don't", true],
    [any('["O\'Reilly"]'), 'an O’Reilly book', true],
    [any('[e-mail]'), 'send an e-mail', true],
    [any('[e-mail]'), 'send an e‑mail', true],
    [any('[e-mail]'), 'send an email', false],
    [any('[mail]'), 'e-mail', true],
    [any('[snake_case]'), 'use snake_case', true],
    [any('[snake]'), 'use snake_case', false],
    [any('["911"]'), 'call 911!', true],
    [any('["911"]'), '9110', false],
    [any('[gpt4]'), 'gpt4 or gpt5', true],
    [any('[gpt]'), 'gpt4', false],
    [any('["3.14"]'), 'pi is 3.14', true],
    [any('["3.14"]'), '3.141', false],
    [any('["24/7"]'), 'open 24/7', true],
  ],
  'phrases and whitespace': [
    [any('["step by step"]'), 'Explain step by step.', true],
    [any('["step by step"]'), 'Explain step  by\n step.', true],
    [any('["step by step"]'), 'stepbystep', false],
    [any('["step by step"]'), 'one step by steps', false],
    [any('["  trim me "]'), 'please trim me now', true],
  ],
  scripts: [
    [any('[数学]'), '我喜欢数学课', true],
    [any('[数学]'), '我喜欢物理', false],
    [any('[退款]'), '我要退款!', true],
    [any('[テスト]'), 'このテストは難しい', true],
    [any('[プログラミング]'), 'プログラミングを教えて', true],
    [any('[คณิตศาสตร์]'), 'ช่วยสอนวิชาคณิตศาสตร์หน่อย', true],
    [any('[API]'), '使用API调用', true],
    [any('[API接口]'), '调用API接口', true],
    [any('[환불]'), '환불 요청합니다', true],
    [any('[математика]'), 'Что такое математика?', true],
    [any('[математика]'), 'МАТЕМАТИКА', true],
    [any('[срочно]'), 'Это срочно!', true],
    [any('[срочно]'), 'несрочно', false],
    [any('[μαθηματικά]'), 'Θέλω μαθηματικά', true],
    [any('[ΛΟΓΟΣ]'), 'ο λόγος', false],
    [any('[ΛΟΓΟΣ]'), 'ο λογος', true],
    [any('[رياضيات]'), 'درس رياضيات اليوم', true],
    [any('[عاجل]'), 'عاجل: ساعدني', true],
    [any('[דחוף]'), 'זה דחוף!', true],
    [any('[गणित]'), 'मुझे गणित सिखाओ', true],
    [any('[गणित]'), 'गणितज्ञ', false],
    [any('[café]'), 'at the café.', true],
    [any('[café]'), 'at the CAFE\u0301', true],
    [any('[café]'), 'at the cafe', false],
    [any('[über]'), 'Über uns', true],
    [any('[über]'), 'überall', false],
    [any('[naïve]'), 'naïve Bayes', true],
    [any('[straße]'), 'in der STRASSE', true],
    [any('[résumé]'), 'my résumé', true],
    [any('[ＡＰＩ]'), 'the API', true],
    [any('["🚀"]'), 'launch 🚀 now', true],
    [any('["🚀"]'), 'launch🚀now', true],
    [any('["🚀"]'), 'launch 🎉', false],
    [any('[heart]'), '❤️heart', true],
    [any('["❤️"]'), 'I ❤️ it', true],
  ],
  'case sensitivity': [
    [any('[SQL]', 'case_sensitive: true'), 'SQL query', true],
    [any('[SQL]', 'case_sensitive: true'), 'sql query', false],
    [any('[SQL]', 'case_sensitive: false'), 'sql query', true],
    [any('[Go]', 'case_sensitive: true'), 'let us go', false],
    [any('[Go]', 'case_sensitive: true'), 'write Go code', true],
    [any('[Straße]', 'case_sensitive: true'), 'STRASSE', false],
  ],
  operators: [
    [any('[a1, b1]'), 'only b1 here', true],
    [any('[a1, b1]'), 'neither', false],
    [all('[a1, b1]'), 'b1 then a1', true],
    [all('[a1, b1]'), 'a1 alone', false],
    [all('[a1, a1]'), 'a1 once', true],
    [all('[new york, york]'), 'in New York', true],
    [none('[hello, thanks]'), 'compute 2+2', true],
    [none('[hello, thanks]'), 'Hello there', false],
    [none('[hello, thanks]'), 'othello', true],
    [none('[hello]', 'case_sensitive: true'), 'Hello', true],
    [any('[hello]'), '', false],
    [all('[hello]'), '   ', false],
    [none('[hello]'), '', true],
  ],
  regex: [
    [regex('\\d{3}-\\d{2}-\\d{4}'), 'SSN 123-45-6789', true],
    [regex('\\d{3}-\\d{2}-\\d{4}'), 'SSN 123-456-789', false],
    [regex('urgent'), 'insurgents', true],
    [regex('\\burgent\\b'), 'insurgents', false],
    [regex('URGENT'), 'urgent', true],
    [regex('URGENT', 'case_sensitive: true'), 'urgent', false],
    [regex('(?i)urgent', 'case_sensitive: true'), 'URGENT', true],
    [regex('^help'), 'help me', true],
    [regex('^help'), 'please help', false],
    [regex('^help'), 'line\nhelp', false],
    [regex('(?m)^help'), 'line\nhelp', true],
    [regex('done$'), 'all done', true],
    [regex('done$'), 'done deal', false],
    [regex('a.c'), 'a\nc', false],
    [regex('(?s)a.c'), 'a\nc', true],
    [regex('colou?r'), 'Color', true],
    [regex('(cat|dog)s?'), 'two dogs', true],
    [regex('\\p{Han}+'), '中文', true],
    [regex('\\p{Cyrillic}'), 'latin only', false],
    [regex('[[:digit:]]+'), 'a1', true],
    [regex('\\$\\{[A-Z]+\\}'.replace('$', '$$')), 'use ${HOME}', true],
    [regex('\\$$'), 'in $', true],
    [regex('C\\+\\+'), 'c++', true],
    [regex('^$'), '', true],
    [regex('(?P<year>\\d{4})'), 'in 1999', true],
    [all("['foo\\d', 'bar\\d']", 'method: regex'), 'foo1 bar2', true],
    [all("['foo\\d', 'bar\\d']", 'method: regex'), 'foo1', false],
    [none("['\\d']", 'method: regex'), 'no digits', true],
    [regex('(a+)+$'), `${'a'.repeat(5000)}!`, false],
    [regex('[\\w.+-]+@[\\w-]+\\.[\\w.]+'), 'mail bob@example.com', true],
  ],
  fuzzy: [
    [any('[urgent]', 'fuzzy_match: true'), 'this is urgnet', true],
    [any('[urgent]', 'fuzzy_match: true'), 'this is urgent', true],
    [any('[urgent]', 'fuzzy_match: true'), 'this is different', false],
    [any('[kubernetes]', 'fuzzy_match: true'), 'my kubernets cluster', true],
    [any('[kubernetes]', 'fuzzy_match: true, fuzzy_threshold: 1'), 'my kubrnets cluster', false],
    [any('[AI]', 'fuzzy_match: true'), 'it is an ox', false],
    [any('[AI]', 'fuzzy_match: true'), 'ai', true],
    [any('[Go]', 'fuzzy_match: true'), 'no, do so', false],
    [any('[refund request]', 'fuzzy_match: true'), 'a refnd requst', true],
    [any('["C++"]', 'fuzzy_match: true'), 'grade C', false],
    [any('["C++"]', 'fuzzy_match: true'), 'write C++', true],
    [any('["🚀"]', 'fuzzy_match: true'), 'launch 🚀', true],
    [any('[urgent]', 'method: regex, fuzzy_match: true'), 'this is urgnet', true],
    [any("['^ask\\b']", 'method: regex, fuzzy_match: true'), 'ask me', true],
    [any('[Urgent]', 'fuzzy_match: true, case_sensitive: true'), 'Urgnet', true],
    [none('[urgent]', 'fuzzy_match: true'), 'urgnet', false],
  ],
  bm25: [
    [any('[machine learning, neural network]', 'method: bm25'), 'train a neural network', true],
    [any('[machine learning, neural network]', 'method: bm25'), 'bake a cake', false],
    [any('[debugging code]', 'method: bm25'), 'help me debug this code', true],
    [any('[invoice]', 'method: bm25, bm25_threshold: 50'), 'an invoice', false],
    [any('[the invoice]', 'method: bm25'), 'the cat', false],
    [all('[invoice, payment]', 'method: bm25'), 'payments and invoices', true],
    [all('[invoice, payment]', 'method: bm25'), 'invoices', false],
    [none('[invoice]', 'method: bm25'), 'hello', true],
    [any('[invoice]', 'method: bm25'), '', false],
  ],
  ngram: [
    [any('[kubernetes]', 'method: ngram'), 'kuberntes', true],
    [any('[kubernetes]', 'method: ngram'), 'docker', false],
    [any('[kubernetes]', 'method: ngram, ngram_threshold: 1'), 'kuberntes', false],
    [any('[kubernetes]', 'method: ngram, ngram_threshold: 1'), 'kubernetes', true],
    [any('[urgent]', 'method: ngram, ngram_arity: 2, ngram_threshold: 0.5'), 'urgnt', true],
    [any('[urgent]', 'method: ngram'), '', false],
    [all('[urgent, billing]', 'method: ngram'), 'urgentt billng', true],
  ],
  'long and odd texts': [
    [any('[needle]'), `${'hay '.repeat(50_000)}needle`, true],
    [any('[needle]'), 'hay '.repeat(50_000), false],
    [any('[needle]'), `${'x'.repeat(200_000)} needle ${'y'.repeat(200_000)}`, true],
    [any('[needle]'), '\u0000needle\u0000', true],
    [any('[needle]'), '\u200Bneedle\u200B', true],
    [any('[needle]'), 'need\u00ADle', true],
    [any('[needle]'), '\uD800needle', true],
    [any('[needle]'), 'NEEDLE\r\n', true],
  ],
};

for (const [group, cases] of Object.entries(groups)) {
  describe(group, () => {
    it.each(
      cases.map((entry, index) => [`${index}: ${entry[0]} / ${entry[1].slice(0, 40)}`, ...entry] as const),
    )('%s', async (_, rule, text, expected) => {
      expect(await matched(routerFor(config(rule)), request(text))).toEqual(expected ? ['r0'] : []);
    });
  });
}

describe('several rules', () => {
  it('all that match are reported, in the order of the file', async () => {
    const router = routerFor(
      config(
        any('[refund]'),
        any('[REFUND]', 'case_sensitive: true'),
        none('[hello]'),
        regex('re.und'),
        all('[refund, now]'),
      ),
    );
    expect(await matched(router, request('a refund, now'))).toEqual(['r0', 'r2', 'r3', 'r4']);
  });

  it('keywords that are parts of one another are all found', async () => {
    const router = routerFor(config(any('[new york]'), any('[york]'), any('[new]'), any('[new york city]')));
    expect(await matched(router, request('New York City'))).toEqual(['r0', 'r1', 'r2', 'r3']);
    expect(await matched(router, request('new yorkshire'))).toEqual(['r2']);
  });

  it('only the last user message is read', async () => {
    const router = routerFor(config(any('[refund]')));
    const messages = [
      { role: 'system', text: 'refund policy' },
      { role: 'user', text: 'refund' },
      { role: 'assistant', text: 'refund?' },
      { role: 'user', text: 'no' },
    ];
    expect(await matched(router, request(messages))).toEqual([]);
    expect(await matched(router, request(messages.slice(0, 3)))).toEqual(['r0']);
    expect(await matched(router, request(messages.slice(0, 1)))).toEqual(['r0']);
  });
});

describe('refused', () => {
  it.each([
    [any('[]'), /`keywords`: found an empty list; must not be empty/],
    [any('[""]'), /keywords\[0\].*must not be empty/],
    [any('["  "]'), /keywords\[0\].*must not be empty/],
    [any('[5]'), /keywords\[0\].*expected text – write it in quotes: "5"/],
    [any('urgent'), /`keywords`: found `urgent`; expected a list – write a list: \[urgent\]/],
    ['operator: or, keywords: [a]', /`operator`: found `or`.*`OR`/],
    ['operator: NOT, keywords: [a]', /`operator`: found `NOT`.*allowed: `AND`, `OR`, `NOR`/],
    ['operator: XOR, keywords: [a]', /`operator`: found `XOR`/],
    ['keywords: [a]', /`operator` is missing/],
    ['operator: OR', /`keywords` is missing/],
    [regex('(unclosed'), /"\(unclosed" is no RE2 pattern/],
    [regex('[z-a]'), /no RE2 pattern/],
    [regex('*oops'), /no RE2 pattern/],
    [regex('(?=look)'), /look-around/],
    [regex('(?!look)x'), /look-around/],
    [regex('(?<=look)x'), /look-around/],
    [regex('(?<!look)x'), /look-around/],
    [regex('(a)\\1'), /back-reference/],
    [regex('a{1001}'), /no RE2 pattern/],
    [any('[a]', 'method: exact'), /`method`: found `exact`.*`literal`/],
    [any('[a]', 'method: ngram, ngram_arity: 1'), /ngram_arity.*at least 2/],
    [any('[a]', 'method: ngram, ngram_threshold: 1.5'), /ngram_threshold.*at most 1/],
    [any('[a]', 'fuzzy_match: true, fuzzy_threshold: -1'), /fuzzy_threshold.*at least 0/],
    [any('[a]', 'case_sensitve: true'), /unknown key `case_sensitve`.*`case_sensitive`/],
    [any('[a]', 'case_sensitive: "yes"'), /`case_sensitive`: found `yes`; expected `true` or `false`/],
  ] as const)('%s', (rule, message) => {
    const text = config(rule);
    const verdict = judge(text);
    expect(verdict.loaded).toBeUndefined();
    expect(lines(verdict).join('\n')).toMatch(message);
    const line = text.split('\n').findIndex((each) => each.includes('name: r0')) + 1;
    expect(verdict.diagnostics.some((finding) => finding.severity === 'error' && finding.line === line)).toBe(
      true,
    );
  });
});
