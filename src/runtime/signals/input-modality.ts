/**
 * `input_modality`: what a request is made of besides text.
 *
 * @module
 */
import { z } from 'zod';
import { description } from './rule-fields.js';
import type { MessageView, SignalFamily, SignalRequest } from './types.js';

const modalities = ['text', 'image', 'audio', 'video'] as const;
type Modality = (typeof modalities)[number];

const given = (modality: Modality) =>
  z
    .boolean()
    .optional()
    .describe(`\`true\`: the request must have ${modality}, \`false\`: it must have none.`);

const schema = z.strictObject({
  name: z
    .string()
    .min(1)
    .describe(`Name of the rule. ${modalities.join(', ')} need no further field: they ask for just that.`),
  description,
  modality: z.enum(modalities).optional().describe('The one thing that the request must have.'),
  modalities: z.array(z.enum(modalities)).optional().describe('Everything that the request must have.'),
  text: given('text'),
  image: given('image'),
  audio: given('audio'),
  video: given('video'),
});

type InputModalityRule = z.infer<typeof schema>;

/** What the rule asks for; the name says it if no field does. */
function wantedBy(rule: InputModalityRule): readonly (readonly [Modality, boolean])[] {
  const wanted: (readonly [Modality, boolean])[] = modalities.flatMap((modality) => {
    const value = rule[modality];
    return value === undefined ? [] : [[modality, value] as const];
  });
  for (const modality of [
    ...(rule.modalities ?? []),
    ...(rule.modality === undefined ? [] : [rule.modality]),
  ]) {
    wanted.push([modality, true]);
  }
  if (wanted.length > 0) return wanted;
  const named = modalities.find((modality) => modality === rule.name);
  return named === undefined ? [] : [[named, true]];
}

/** What the messages have, in the order of `modalities`. */
function foundIn(messages: readonly MessageView[]): readonly Modality[] {
  const has: Readonly<Record<Modality, boolean>> = {
    text: messages.some(({ text }) => text.trim() !== ''),
    image: messages.some(({ images }) => (images ?? 0) > 0),
    audio: messages.some(({ audio }) => (audio ?? 0) > 0),
    video: messages.some(({ video }) => (video ?? 0) > 0),
  };
  return modalities.filter((modality) => has[modality]);
}

const found = Symbol('input modalities');
const modalitiesOf = (request: SignalRequest) => request.memo(found, () => foundIn(request.messages));

export const inputModalityFamily: SignalFamily<InputModalityRule> = {
  type: 'input_modality',
  configKey: 'input_modality',
  summary: 'Matches by what a request is made of: text, images, audio, video.',
  cost: 'free',
  schema,
  check(rules, report) {
    rules.forEach((rule, index) => {
      if (wantedBy(rule).length > 0) return;
      report(
        index,
        [],
        `says nothing of ${modalities.join(', ')}; give at least one, such as \`image: true\``,
      );
    });
  },
  compile(rules) {
    return rules.map((rule) => {
      const wanted = wantedBy(rule);
      return {
        name: rule.name,
        evaluate(request) {
          const present = modalitiesOf(request);
          const matches = wanted.every(([modality, value]) => present.includes(modality) === value);
          return { status: matches ? 'matched' : 'not_matched', evidence: present };
        },
      };
    });
  },
};
