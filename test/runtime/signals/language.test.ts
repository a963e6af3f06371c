import { beforeAll, describe, expect, it } from 'vitest';
import { languageFamily } from '../../../src/runtime/signals/language.js';
import {
  detectLanguage,
  detectLanguageByLetters,
  warmUpLanguageDetection,
} from '../../../src/runtime/signals/language-detection.js';
import { proseOf } from '../../../src/runtime/signals/prose.js';
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

describe('a short Spanish question', () => {
  it.each(['¿Dónde está la estación?', '¿Dónde está el baño?', 'Hola, ¿cómo estás?', '¡Buenos días!'])(
    'is told from its neighbours by its mark: %s',
    (text) => {
      expect(detectLanguage(text)?.language).toBe('es');
    },
  );

  it.each([
    ['pt', 'Onde está a estação de comboios?'],
    ['ca', "On és l'estació de tren de la ciutat?"],
    ['en', 'What does the sentence "¿Dónde está?" mean in English, and how do I answer it?'],
  ])('does not take others: %s', (language, text) => {
    expect(detectLanguage(text)?.language).toBe(language);
  });
});

describe('common words', () => {
  it.each([
    ['Could you explain to me how the tides work and why they are so different from place to place?', 'en'],
    ['Ich habe keine Ahnung, wie das geht und was ich mit dem alten Gerät machen soll.', 'de'],
    ['Je ne sais pas comment faire pour que les enfants soient dans la même école.', 'fr'],
    ['No sé cómo se puede hacer eso con los datos que tengo para el trabajo de mañana.', 'es'],
    ['Non so come fare per avere una risposta che sia anche di aiuto alla mia famiglia.', 'it'],
    ['Não sei como posso fazer isso com os dados que tenho para uma reunião.', 'pt'],
    ['Ik weet niet hoe het met de andere kinderen is, maar ze zijn naar huis.', 'nl'],
    ['Jag vet inte vad som är bäst för att få det här att fungera med en ny dator.', 'sv'],
    ['Nie wiem, jak to jest zrobione, ale na pewno są inne sposoby, które działają.', 'pl'],
    ['Saya tidak tahu apa yang harus dilakukan dengan data itu untuk rapat besok.', 'id'],
    ['Я не знаю, как это сделать, но мне надо, чтобы они были на месте.', 'ru'],
    ['Der Arzt sagte dem Kind auf English: “Have a nice day”, und das war nicht alles.', 'de'],
  ])('of %j say what its letters say: %s', (text, language) => {
    expect(detectLanguage(text)?.language).toBe(language);
    expect(detectLanguageByLetters(text)?.language).toBe(language);
  });

  it('answer with a confidence that no threshold refuses, less the part of other scripts', () => {
    const text = 'What is the name of the song that was on the radio this morning?';
    expect(detectLanguage(text)?.confidence).toBeCloseTo(0.998, 3);
    const mixed = detectLanguage(`${text} Она была очень красивая`)?.confidence;
    expect(mixed).toBeGreaterThan(0.5);
    expect(mixed).toBeLessThan(0.8);
  });
});

describe('a long text', () => {
  const english = 'The people of the town have been here for as long as anyone can remember. ';
  const german = 'Die Leute in der Stadt sind schon so lange hier, wie man denken kann. ';

  it('is in the language of most of it, wherever that begins', () => {
    expect(detectLanguage(english.repeat(3) + german.repeat(40))?.language).toBe('de');
    expect(detectLanguage(german.repeat(40) + english.repeat(3))?.language).toBe('de');
    expect(detectLanguage(german.repeat(3) + english.repeat(40))?.language).toBe('en');
  });

  it.each([
    ['one word', 'a'],
    ['Chinese without spaces', '中'],
    ['marks of addresses', 'a@'],
    ['slashes', '://'],
    ['a name in a program', 'a_'],
    ['emoji', '🚀'],
    ['opening brackets', '('],
  ])('comes to an end on what is hard to cut into words: %s', (_, part) => {
    expect(() => detectLanguage(part.repeat(50_000))).not.toThrow();
  });
});

describe('prose', () => {
  it.each([
    ['See https://münchen.example/straße/x for more', 'See   for more'],
    ['请看https://example.com/这里 好', '请看  好'],
    ['Call getUserName or user_id or a/b or v2 now', 'Call   or   or   or   now'],
    ['Write to me@example.com, e.g. today', 'Write to     today'],
    [
      'A list: (one) and [two] are fine here, is that so?',
      'A list: (one) and [two] are fine here, is that so?',
    ],
    ['Why does this fail?\nfoo(bar);\nThanks for your help', 'Why does this fail?\nThanks for your help'],
    ['Why?\nreturn x\nIt is not clear to me', 'Why?\nIt is not clear to me'],
    ['else\nx = 1;\nend', ''],
  ])('of %j is %j', (text, prose) => {
    expect(proseOf(text)).toBe(prose);
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
