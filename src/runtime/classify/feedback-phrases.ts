/**
 * Set phrases in which people judge an answer in languages that the embedded feedback head has hardly seen.
 *
 * Own lists for German, French, Spanish, Italian, Portuguese, Dutch, Russian, Chinese and Japanese. English has none:
 * the head was trained on it, and reads more than phrases.
 *
 * @module
 */
import type { FeedbackType } from './user-feedback.js';

/** Longer texts say more than a phrase. */
const mostUnits = 120;

const interjections =
  '(?:(?:nein|nee|ne|hm+|äh|also|aber|leider|sorry|danke|non|mais|désolé|merci|no|pero|perdón|gracias|ma|però|scusa|não|mas|maar|het|нет|но|嗯|啊)[,.!;\\s]+)*';

/** Phrases that say that an answer is wrong, for lower case. */
export const wrongPhrases = [
  'falsch\\b|das (?:ist|war) (?:leider |immer noch )?(?:falsch|nicht richtig|nicht korrekt)|(?:das )?(?:stimmt|funktioniert|geht|klappt) (?:\\p{L}+ )?nicht|das kann nicht (?:sein|stimmen)|du (?:irrst dich|liegst falsch)',
  "c'est (?:faux|incorrect|pas (?:bon|ça|correct|juste))|ce n'est pas (?:correct|juste|bon|vrai)|(?:ça|cela) ne (?:marche|fonctionne) pas|(?:vous vous trompez|tu te trompes)",
  '(?:eso )?(?:está mal|es (?:incorrecto|falso)|no (?:funciona|es (?:correcto|cierto|verdad)))|(?:te equivocas|se equivoca)',
  "(?:è|e') (?:sbagliato|falso|errato)|non (?:funziona|è (?:corretto|giusto|vero))|ti sbagli",
  '(?:isso )?(?:está errado|não (?:funciona|está (?:certo|correto)))|(?:dat )?klopt niet|(?:dat|het) (?:is fout|werkt niet)',
  'это (?:неправильно|неверно|не работает|не так)|не работает|неверно|неправильно|ты ошиба',
  '不对|不是(?:这样|的)|错了|这不对|这是错的|这个不行|違います|間違って|答えが間違|正しくない|動きません',
].join('|');

const sources: readonly (readonly [FeedbackType, string])[] = [
  ['wrong_answer', wrongPhrases],
  [
    'need_clarification',
    [
      '(?:das )?verstehe? (?:ich )?(?:das )?nicht|ich verstehe (?:das )?nicht|was (?:meinst du|heißt das|bedeutet das)(?: damit| genau)?[?!. ]*$|(?:kannst|könntest) du (?:mir )?das (?:bitte )?(?:einfacher|genauer|noch ?mal)',
      "je (?:ne )?comprends pas|je n'ai pas compris|que veux-tu dire|que voulez-vous dire",
      'no (?:lo )?entiendo|no entendí|¿?qué quieres decir|non (?:ho )?capi(?:sco|to)|cosa vuoi dire|não (?:entendi|entendo|percebi)|ik (?:snap|begrijp) (?:het|dat|dit)? ?niet',
      'я не (?:понял|поняла|понимаю)|не (?:понял|поняла|понимаю)|что ты имеешь в виду|我?(?:不明白|没看懂|看不懂|不懂|没懂)|什么意思|(?:よく)?(?:分|わ)か(?:りません|らない)|どういう意味',
    ].join('|'),
  ],
  [
    'want_different',
    [
      '(?:gib mir |zeig mir |hast du )?(?:bitte )?(?:noch )?(?:eine? |einen )?(?:anderen? |weiteren? )(?:möglichkeit|idee|vorschlag|variante|lösung|version|beispiel)|noch (?:ein|eine|einen) (?:vorschlag|idee|variante|möglichkeit)|(?:bitte )?(?:etwas )?anders(?:,? bitte)?$',
      '(?:donne-moi |propose(?:-moi)? )?une autre (?:idée|proposition|option|version|solution)|autre chose',
      "(?:dame |dime )?otra (?:opción|idea|versión|propuesta|alternativa)|un'altra (?:proposta|idea|opzione|versione)|(?:me dá )?outra (?:opção|ideia|versão|proposta)|een (?:ander|andere) (?:idee|optie|voorstel|versie)",
      '(?:дай |предложи )?друг(?:ой|ую) (?:вариант|идею|версию)|(?:再)?(?:换|換)(?:一)?(?:个|個|种|種)|再给我(?:一)?(?:个|些)别的|(?:別|他)の(?:案|もの|例|アイデア)',
    ].join('|'),
  ],
  [
    'satisfied',
    [
      '(?:perfekt|super|toll|prima|klasse|vielen dank|danke)(?:[,!. ]+(?:danke|dir|ihnen|perfekt|super|sehr|schön|vielen dank))*[!. ]*$',
      '(?:parfait|génial|super|merci)(?:[,!. ]+(?:merci|beaucoup|bien|parfait))*[!. ]*$|(?:perfecto|genial|excelente|(?:muchas )?gracias)(?:[,!. ]+(?:muchas|gracias|perfecto))*[!. ]*$',
      '(?:perfetto|ottimo|grazie)(?:[,!. ]+(?:grazie|mille|perfetto))*[!. ]*$|(?:perfeito|ótimo|(?:muito )?obrigad[oa])(?:[,!. ]+(?:muito|obrigad[oa]))*[!. ]*$|(?:bedankt|dank je(?:wel)?|top|perfect)(?:[,!. ]+(?:top|bedankt|dank je(?:wel)?))*[!. ]*$',
      '(?:спасибо|отлично)(?:[,!. ]+(?:спасибо|большое|отлично))*[!. ]*$|(?:太?(?:谢谢|謝謝|感谢|多谢)(?:你|您|了)?|完美|很好|太好了|非常好)(?:[，,!！。 ]*(?:谢谢|謝謝|完美|很好|你|您))*[!！。 ]*$|(?:ありがとう(?:ございます)?|完璧)(?:[、,!！。 ]*(?:ありがとう(?:ございます)?|完璧(?:です)?))*[!！。 ]*$',
    ].join('|'),
  ],
];

const patterns = sources.map(
  ([type, source]) => [type, new RegExp(`^${interjections}(?:${source})`, 'u')] as const,
);

/** The type that a text begins by saying in a set phrase; undefined for most texts, and for all that are long. */
export function phrasedFeedback(text: string): FeedbackType | undefined {
  const plain = text.trim().toLowerCase().replaceAll('’', "'");
  if (plain.length > mostUnits) return undefined;
  return patterns.find(([, pattern]) => pattern.test(plain))?.[0];
}
