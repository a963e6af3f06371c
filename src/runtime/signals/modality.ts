/**
 * `modality`: whether an answer should be text (`AR`), a picture (`DIFFUSION`) or both, by how the text is
 * worded and what it is near to; by a model for it where one is configured.
 *
 * @module
 */
import { z } from 'zod';
import { headOf } from '../classify/models.js';
import { probabilitiesOf } from '../classify/reading.js';
import type { Encoder } from '../inference/types.js';
import { clampToUnit, logistic } from '../math/probabilities.js';
import { noEncoder, outcomeOfEncoded } from './encoder-outcome.js';
import { checkFixedNames } from './fixed-names.js';
import { askedFor } from './modality-words.js';
import { ExampleSet } from './prototypes.js';
import { description, unitNumber } from './rule-fields.js';
import { embeddingWants, TextEmbeddings } from './text-embeddings.js';
import type { SignalFamily, SignalOutcome, SignalRequest } from './types.js';

export const modalityNames = ['AR', 'DIFFUSION', 'BOTH'] as const;
type Modality = (typeof modalityNames)[number];
type Probabilities = Readonly<Record<Modality, number>>;

/** Registry name of the published model, used where a configuration brings it. */
const modalityModel = 'mmbert32k-modality-router-merged';

const schema = z.strictObject({
  name: z
    .string()
    .min(1)
    .describe(`One of ${modalityNames.join(', ')}: text, a picture, both.`),
  description,
  threshold: unitNumber.default(0.5).describe('Least probability; the three of a text sum to 1.'),
});

type ModalityRule = z.infer<typeof schema>;

const pictureExamples = [
  'draw a picture of an animal',
  'generate an image of a landscape',
  'create a logo',
  'paint a portrait in oil',
  'a photo of a person in soft light, highly detailed',
  'make a poster for an event',
  'illustrate a scene from a fairy tale',
  'render a 3d scene with cinematic lighting',
  'design a wallpaper for my phone',
  'a watercolour painting of flowers',
  'make an avatar in anime style',
];
const textExamples = [
  'answer a question about history',
  'explain how something works',
  'write a poem',
  'write a function in a programming language',
  'summarise an article',
  'what does this picture show',
  'who painted this',
  'how do I insert an image into a document',
  'how do I draw a shape with code',
  'make a list',
  'create a table',
  'design a software architecture',
  'which camera should I buy',
  'describe a painting',
  'generate names for a product',
];

/** Weights of wording and nearness for "a picture is wanted"; set on own requests, see `docs/signals.md`. */
const wordingWeight = 6;
const nearnessWeight = 8;
const bias = -3.4;

/** P(picture) from both, and of it the part that wants text as well. */
function judgeText(text: string, margin: number): Probabilities {
  const asked = askedFor(text);
  const picture = logistic(wordingWeight * asked.picture + nearnessWeight * margin + bias);
  const withText = asked.text > 0 ? 0.85 : 0.08;
  return { AR: 1 - picture, DIFFUSION: picture * (1 - withText), BOTH: picture * withText };
}

function outcomeOf({ name, threshold }: ModalityRule, probabilities: Probabilities): SignalOutcome {
  const known = modalityNames.find((modality) => modality === name);
  if (known === undefined) return { status: 'not_matched' };
  const value = clampToUnit(probabilities[known]);
  const [top] = [...modalityNames].sort((a, b) => probabilities[b] - probabilities[a]);
  return {
    status: value >= threshold ? 'matched' : 'not_matched',
    score: value,
    value,
    threshold,
    evidence: [top ?? known],
  };
}

/** Probabilities of the configured model. */
function fromModel(request: SignalRequest, read: (probabilities: Probabilities) => SignalOutcome) {
  return outcomeOfEncoded(request, [modalityModel], (encoded) => {
    const found = probabilitiesOf(headOf(encoded, modalityModel));
    const of = (name: Modality) => found.get(name) ?? 0;
    return read({ AR: of('AR'), DIFFUSION: of('DIFFUSION'), BOTH: of('BOTH') });
  });
}

function nearnessOf(encoder: Encoder) {
  const embeddings = new TextEmbeddings(encoder);
  const pictures = new ExampleSet(embeddings, pictureExamples);
  const texts = new ExampleSet(embeddings, textExamples);
  return {
    load: () => Promise.all([pictures.load(), texts.load()]),
    margin: async (query: Float32Array) => {
      const [picture, text] = await Promise.all([pictures.nearness(query), texts.nearness(query)]);
      return picture.value - text.value;
    },
  };
}

export const modalityFamily: SignalFamily<ModalityRule> = {
  type: 'modality',
  configKey: 'modality',
  summary: 'Tells requests for text, for pictures and for both apart.',
  cost: 'encoder',
  schema,
  check(rules, report) {
    checkFixedNames(rules, modalityNames, report);
  },
  compile(rules, { encoder }) {
    if (encoder === undefined) return rules.map(({ name }) => ({ name, evaluate: () => noEncoder }));
    const byModel = encoder.heads.includes(modalityModel);
    const nearness = nearnessOf(encoder);
    const shared = Symbol('modality');
    return rules.map((rule) => ({
      name: rule.name,
      reads: byModel ? [modalityModel] : embeddingWants,
      warmUp: () => (byModel ? encoder.ready({ wants: [modalityModel] }) : nearness.load()),
      evaluate(request) {
        // Without text there is nothing to draw.
        if (request.text.trim() === '') return outcomeOf(rule, { AR: 1, DIFFUSION: 0, BOTH: 0 });
        if (byModel) return fromModel(request, (probabilities) => outcomeOf(rule, probabilities));
        return outcomeOfEncoded(request, embeddingWants, async ({ embedding }) =>
          outcomeOf(
            rule,
            await request.memo(shared, async () => judgeText(request.text, await nearness.margin(embedding))),
          ),
        );
      },
    }));
  },
};
