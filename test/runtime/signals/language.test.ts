import { beforeAll, describe, expect, it } from 'vitest';
import { languageFamily } from '../../../src/runtime/signals/language.js';
import { detectLanguage, warmUpLanguageDetection } from '../../../src/runtime/signals/language-detection.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import { issuesOf, outcome, userSays } from './fake-request.js';

beforeAll(() => warmUpLanguageDetection());

describe('the language of a text', () => {
  it.each([
    ['What is the capital of France?', 'en'],
    ['Hello world', 'en'],
    ['Wie heißt das (auf Deutsch)?', 'de'],
    ['Bonjour, pouvez-vous m’aider ?', 'fr'],
    ['¿Dónde está la biblioteca?', 'es'],
    ['Scrivi una poesia sul mare', 'it'],
    ['Напиши мне стихотворение', 'ru'],
    ['Напиши мені вірш про море', 'uk'],
    ['你好吗？今天天气怎么样', 'zh'],
    ['用Python写代码', 'zh'],
    ['今日はいい天気ですね', 'ja'],
    ['안녕하세요, 도와주세요', 'ko'],
    ['مرحبا كيف حالك اليوم', 'ar'],
    ['سلام، حال شما چطور است؟ می‌توانید کمک کنید', 'fa'],
    ['สวัสดีครับ', 'th'],
    ['Γειά σου Κόσμε', 'el'],
    ['שלום עולם', 'he'],
    ['नमस्ते, आप कैसे हैं?', 'hi'],
    ['Explain this:\n```js\nlet a = 1\n```', 'en'],
  ])('of %j is %s', (text, language) => {
    expect(detectLanguage(text)?.language).toBe(language);
  });

  it.each([
    '',
    '   ',
    '12345 + 67',
    '🚀🚀',
    'const x = 1; return foo.bar();',
    'def f(x):\n    return x + 1',
    'SELECT * FROM users WHERE id = 1;',
    '```\nhello world\n```',
    'https://example.com/page',
    '\ud83d',
  ])('of %j is unknown', (text) => {
    expect(detectLanguage(text)).toBeUndefined();
  });
});

describe('the language signal', () => {
  it('matches its language and no other, with a confidence', async () => {
    expect(await outcome(languageFamily, { name: 'de' }, 'Können Sie mir bitte helfen?')).toMatchObject({
      status: 'matched',
      threshold: 0.3,
      evidence: ['de'],
    });
    expect((await outcome(languageFamily, { name: 'en' }, 'Können Sie mir bitte helfen?')).status).toBe(
      'not_matched',
    );
  });

  it('never takes code or an empty text for English', async () => {
    for (const text of ['', '42', 'const x = 1; return foo.bar();']) {
      expect((await outcome(languageFamily, { name: 'en' }, text)).status).toBe('not_matched');
    }
  });

  it('is synchronous once warm', () => {
    const [rule] = languageFamily.compile([languageFamily.schema.parse({ name: 'en' })], {
      encoder: undefined,
    });
    expect(rule?.evaluate(createSignalRequest(userSays('good morning'), undefined))).not.toBeInstanceOf(
      Promise,
    );
  });

  it('takes `no` for both written forms of Norwegian', async () => {
    const text = 'Jeg vet ikke hvorfor han ikke kunne komme i går kveld';
    expect((await outcome(languageFamily, { name: 'no' }, text)).status).toBe('matched');
  });

  it.each([
    ['EN', /did you mean "en"/],
    ['en-US', /did you mean "en"/],
    ['english', /ISO 639-1/],
    ['na', /cannot be detected/],
  ])('reports the name %s', (name, message) => {
    expect(issuesOf(languageFamily, { name })[0]).toMatch(message);
  });
});
