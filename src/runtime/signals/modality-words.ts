/**
 * How people ask for pictures, and for texts, in words.
 *
 * @module
 */

const list = (text: string): string => text.trim().split(/\s+/).join('|');
const word = (words: string): string => `(?<![\\p{L}\\p{N}])(?:${words})(?![\\p{L}\\p{N}])`;

const pictureNouns =
  list(`images? pictures? photos? photographs? illustrations? drawings? paintings? sketch(?:es)?
  logos? posters? wallpapers? portraits? icons? avatars? sprites? cartoons? comics? caricatures? watercolou?rs? banners?
  stickers? thumbnails? infographics? diagrams? renderings? artwork art mockups? flyers? tattoos? emojis?
  bild bilder foto fotos zeichnung gemälde plakat imagen imágenes fotos? dibujo ilustración cartel image
  dessin affiche peinture immagine disegno imagem desenho tekening afbeelding картинк[ауеи] рисунок изображение`);
const coverOrPage = '(?:album|book|magazine|cd) covers?|colou?ring (?:page|book)s?';
const drawVerbs =
  list(`draw paint sketch illustrate doodle zeichne zeichnet male dibuja dibújame pinta ilustra
  dessine dessine-moi peins illustre disegna dipingi desenhe desenha pinte teken schilder нарисуй нарисуйте`);
const makeVerbs =
  list(`generate create make design produce render visualise visualize show give edit remove replace
  retouch crop imagine send erstelle erzeuge generiere mach zeig zeige genera crea haz muestra génère crée montre
  fais genera crea mostra gere crie faça maak genereer создай сгенерируй покажи`);
const styles =
  list(`4k 8k 35mm 50mm bokeh photorealistic hyperrealistic photoreal cinematic cyberpunk steampunk
  watercolou?r pixel-art isometric anime impressionist low-poly claymation vaporwave --ar midjourney`);
const textVerbs =
  list(`write explain describe tell summarise summarize translate compose recommend list answer
  compare outline caption schreib schreibe erkläre beschreibe erzähle escribe explica describe cuenta écris explique
  décris raconte scrivi spiega escreva explique напиши объясни опиши`);
const textNouns =
  list(`story stories poem essay article blog post recipe slogan caption backstory text paragraph
  summary description guide lyrics haiku`);

/** What a draw verb or picture noun is about when no picture is wanted: figures of speech, programs, files. */
const otherSense = new RegExp(
  word(
    list(
      `conclusions? attention lots inspiration parallels blood docker container html css canvas markdown javascript
      python matplotlib svg script function code api array file upload resize classification recognition dorian`,
    ),
  ),
  'iu',
);
const figure =
  /\b(?:big(?:ger)? picture|picture of (?:the|a) (?:situation|economy|economic|state|future)|state of the art)\b/iu;
/** Questions about pictures are answered in words. */
const question =
  /^(?:how|what|what's|who|why|when|where|which|is|are|does|do|did|was|were|wie|was|wer|warum|cómo|qué|quién|comment|qui|pourquoi|come|chi)\b(?! about)/iu;

/** Where a request begins; a verb elsewhere belongs to what the text is about. */
const opening = '(?:^|[,.;:!?]\\s*|\\b(?:and|then|please|you|me|you to|und|y|et|e)\\s+)';
const draws = new RegExp(`${opening}${word(drawVerbs)}(?! up\\b)`, 'iu');
const drawsHan = /(?:画|畫|绘制|繪製|绘|描いて|絵|그려)/u;
const makes = new RegExp(
  `(?:${opening}${word(makeVerbs)}|${word('need|want|like')})(?:\\s+\\S+){0,6}?\\s+(?:${word(pictureNouns)}|${coverOrPage})`,
  'iu',
);
const withPicture = new RegExp(
  `(?:\\b(?:with|plus|include|includes|including|add|and|mit|con|avec)\\s+(?:an?\\s+|some\\s+|the\\s+)?(?:\\S+\\s+)?${word(pictureNouns)})`,
  'iu',
);
const pictureOf = new RegExp(
  `^(?:an?\\s+|the\\s+)?(?:\\S+\\s+)?${word(pictureNouns)}\\s+(?:of|in|showing|von|de)\\b`,
  'iu',
);
const style = new RegExp(word(styles), 'iu');
const writes = new RegExp(word(textVerbs), 'iu');
const isText = new RegExp(word(textNouns), 'iu');

/** What the words of a request ask for; each in [0, 1]. */
export interface Asked {
  readonly picture: number;
  readonly text: number;
}

/** What is asked for stands near the beginning. */
const mostUnits = 2000;

/** Reads the wording alone. A text that does not speak of pictures at all has 0.25 for them. */
export function askedFor(text: string): Asked {
  const trimmed = text.trim().slice(0, mostUnits);
  const writesText = writes.test(trimmed) || isText.test(trimmed);
  const textAsked = writesText ? 1 : 0;
  if (otherSense.test(trimmed) || figure.test(trimmed)) return { picture: 0, text: textAsked };
  const asksForOne = draws.test(trimmed) || drawsHan.test(trimmed) || makes.test(trimmed);
  if (asksForOne && !question.test(trimmed)) return { picture: 1, text: textAsked };
  if (question.test(trimmed)) return { picture: 0.1, text: textAsked };
  if (pictureOf.test(trimmed) || (writesText && withPicture.test(trimmed)))
    return { picture: 0.9, text: textAsked };
  if (style.test(trimmed) && !writesText) return { picture: 0.8, text: textAsked };
  return { picture: 0.25, text: textAsked };
}
