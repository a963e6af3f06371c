/**
 * Words that say nothing about a topic of their own, by what they do in a request.
 *
 * Own lists: the words with which people go on about something, in the languages that chat requests come in
 * most. A language without a list is read as if all its words had content, so its requests stand alone.
 *
 * @module
 */
import { wrongPhrases } from '../classify/feedback-phrases.js';

/** Function words, words about the answer ("shorter", "example", "table"), and what is asked for with them. */
const fillers: Readonly<Record<string, string>> = {
  en: `a an the and or but so of to in on at for from with without by as into about up out off over than then if
    i me my mine we us our you your yours he him his she her is are am was were be been being do does did done doing have has
    had can could would should will shall may might must not no yes yeah yep nope ok okay sure fine well oh hmm
    please pls thanks thank thx just only very really quite bit little lot much many any some all both each every
    what which who whom whose why how when where there here let lets let's don't dont doesn't doesnt didn't didnt
    isn't isnt aren't can't cant couldn't won't wont i'm im i've ive you're what's whats that's thats it's
    explain expand elaborate summarize summarise rephrase reword rewrite redo retry repeat continue proceed go
    more less further next keep write make do give get show tell say put turn try use add change remove need want like know see understand
    mean think look find check help work works worked working fail fails failed failing run runs happen happens
    wrong right correct better worse best good bad great nice perfect cool wow simple simpler simplest easy easier
    short shorter shortest long longer brief briefer formal informal polite detailed detail details clear clearer
    concise version example examples step steps part parts point points sentence sentences paragraph paragraphs
    word words bullet bullets list table format line lines answer answers reply response result results reason
    reasons way thing things idea ideas option options question sense way code output exactly actually already
    now still yet first second third fourth fifth last final later before after`,
  de: `der die das den dem des ein eine einen einem einer und oder aber so von zu zum zur in im an am auf für mit
    ohne bei als aus nach über wenn ich mich mir mein meine wir uns du dich dir dein sie ihr ist sind war waren sein bin hat
    habe haben kann kannst könntest könnten soll sollte wird werden muss nicht kein keine nein ja ok okay bitte danke nur sehr
    etwas viel alle was welche welcher welches wer warum wieso wie wann wo hier dort mal doch schon jetzt
    erkläre erklär erklären schreib schreibe mach mache machen gib zeig zeige sag versuch versuche nimm füge hinzu
    ändere verstehe brauche will möchte hilf falsch richtig besser schlechter gut einfach einfacher kurz kürzer
    lang länger genauer ausführlicher förmlicher beispiel beispiele schritt schritte punkt tabelle liste satz
    sätze stimmt weiter geht`,
  fr: `le la les l un une des du de d et ou mais donc à au aux en dans sur pour avec sans par plus moins que qui
    quoi quel quelle pourquoi comment quand où je j me m mon ma mes nous tu te toi ton ta vous votre est sont c était être
    a ai as avez ont peux peut pourrais pouvez ne n pas non oui ok merci bien très un peu s il te plaît svp
    explique expliquez écris fais faites donne donnez montre dis essaie ajoute change utilise comprends veux faux
    vrai juste mieux simple simplement court courte long exemple exemples étape étapes point tableau liste phrase
    phrases continue continuez vas`,
  es: `el la los las un una unos unas de del y e o u pero así a al en por para con sin más menos que qué quién
    cuál cuáles por qué cómo cuándo dónde yo me mi mis nosotros tú te tu usted es son era ser está están hay ha he has puedes
    puede podrías no sí si ok vale gracias por favor muy poco explica explícame escribe haz hazlo hacer dame da
    muestra muéstrame di intenta añade cambia usa entiendo quiero mal bien mejor simple sencillo corto corta largo
    ejemplo ejemplos paso pasos punto tabla lista frase frases continúa sigue`,
  it: `il lo la i gli le un uno una di del della dei e ed o ma a al in nel su per con senza più meno che chi cosa
    quale perché come quando dove io mi me mio noi tu ti tuo è sono era essere ho hai ha può puoi potresti non no sì ok
    grazie favore molto poco spiega spiegami scrivi fai fallo dammi mostra mostrami prova aggiungi cambia usa
    capisco voglio sbagliato giusto meglio semplice breve corto lungo esempio esempi passo passaggio punto tabella
    lista frase continua`,
  pt: `o a os as um uma de do da dos das e ou mas ao em no na por para com sem mais menos que quem qual porque
    como quando onde eu me meu minha nós tu você te seu é são era ser está tem pode podes não sim ok obrigado obrigada favor
    muito pouco explica explique escreve escreva faz faça dá dê mostra mostre tenta adiciona muda usa entendo
    quero errado certo melhor simples curto longo exemplo exemplos passo ponto tabela lista frase continua
    continue`,
  nl: `de het een en of maar van te in op aan voor met zonder bij als uit over ik mij me mijn wij ons jij je jouw
    u is zijn was ben heeft heb kan kun zou wil moet niet geen nee ja oké ok graag dank bedankt heel beetje wat
    welke wie waarom hoe wanneer waar leg uit schrijf maak doe geef toon laat zeg probeer voeg toe verander
    gebruik begrijp fout juist beter simpel simpeler kort korter lang langer voorbeeld stap punt tabel lijst zin
    verder ga`,
  ru: `и или но а так в во на с со без по для от до из к у о об что кто какой какая какие почему зачем как когда
    где я меня мне мой мы нас ты тебя тебе вы вас есть был была быть не нет да ок ладно пожалуйста спасибо
    очень немного объясни объясните напиши напишите сделай сделайте дай дайте покажи скажи попробуй добавь
    измени используй понимаю хочу неправильно правильно лучше просто проще короче длиннее подробнее пример
    примеры шаг шаги пункт таблицу список дальше продолжай`,
};

/** Words that point at something said before. */
const references: Readonly<Record<string, string>> = {
  en: `it its it's this that that's these those them they their theirs one ones same again instead also too else
    another other others once above previous former latter still either neither both`,
  de: `das dies dieser diese dieses diesen ihn ihm davon damit dafür daran darauf dazu stattdessen nochmal nochmals
    wieder auch andere anderer anderes weiter noch gleiche dasselbe`,
  fr: `ça cela ceci ce cet cette celui celle ceux lui eux même encore aussi autre autres plutôt`,
  es: `lo eso esto ese esa esos ellos mismo misma otra otro también hazlo`,
  it: `lo ne questo questa quello quella questi quelli stesso stessa ancora anche altro altra invece fallo`,
  pt: `isso isto esse essa mesmo mesma outra outro também`,
  nl: `dit dat deze die hem hen hetzelfde opnieuw nog ook ander andere`,
  ru: `это этот эта эти этого его её их то тот та те же ещё еще снова опять также тоже другой другая`,
};

/** Words that go on from something when they stand first. */
const connectors = `and but so now then also or ok okay no yes instead plus again same und aber jetzt oder nein ja
  nun et mais maintenant ou non oui y pero ahora o sí e ma adesso mas agora en maar nu и но а теперь или`;

/** The same for scripts without spaces, character by character. */
const unspacedFillers =
  '的了吗呢吧啊一个些点下这那它他她们我你您请再还更也又就都只和与或在是有要会能可以给用做写说讲解释举例短长简单详细继续为什么怎样如何不对错好行谢步第二三次文字表格列出換换改成加去掉';
const unspacedReferences = '再还更也又它这那们继续其該该此同换換もそこれ';

/** Words that thank. */
const thanks = `thanks thank thx ty cheers dank danke dankeschön merci gracias grazie obrigado obrigada bedankt dankjewel
  спасибо`;

/** Words that go with thanks and ask for nothing. */
const courtesies = `you so very much a lot many for your the all of this that that's is was it it's i ok okay oh great perfect
  nice cool wow good super awesome excellent wonderful lovely amazing brilliant really help answer information
  explanation quick works worked now
  vielen dank dir ihnen schön sehr prima toll klasse gut hilfe für die deine ihre das war hat geholfen helped
  beaucoup bien parfait génial pour ton votre aide c'est muchas muy mil perfecto genial por su tu ayuda mille molte
  perfetto muito perfeito hartelijk je wel большое вам тебе отлично`;

/** How corrections begin: what is wrong stands in the answer before. */
export const correctionOpening = new RegExp(
  `^(?:(?:no|nope|sorry|hmm|but|nein|aber|non|mais|pero|ma|mas|nee|нет|но)[,.!;\\s]+)*(?:${[
    "(?:that|this|it)(?:'s| is| was| seems| looks)(?: still| just| simply| completely)? (?:wrong|incorrect|false|not (?:right|correct|true|what|a|an|the))\\b",
    "(?:that|this|it) (?:still )?(?:doesn't|does not|didn't|did not|isn't|can't|cannot) (?:\\w+ )?(?:work|compile|run|help|right|correct|true|be right|make sense)\\b",
    "(?:you are|you're|you were) (?:wrong|mistaken)\\b",
    wrongPhrases,
  ].join('|')})`,
  'u',
);

function setOf(lists: Iterable<string>): ReadonlySet<string> {
  return new Set([...lists].flatMap((list) => list.split(/\s+/)).filter((word) => word !== ''));
}

/** Pointing words have no content either. */
export const fillerWords = setOf([...Object.values(fillers), ...Object.values(references)]);
export const referenceWords = setOf(Object.values(references));
export const connectorWords = setOf([connectors]);
export const thankWords = setOf([thanks]);
export const courtesyWords = setOf([thanks, courtesies]);
export const fillerCharacters: ReadonlySet<string> = new Set(unspacedFillers);
/** Thanks as they are written without spaces. */
export const unspacedThanks =
  /^(?:太|非常|很|多|好)*(?:谢谢|謝謝|感谢|多谢|ありがとう)(?:您|你|了|啦|ございます|ございました)*$/u;
export const referenceCharacters: ReadonlySet<string> = new Set(unspacedReferences);
