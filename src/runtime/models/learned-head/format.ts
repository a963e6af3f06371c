/**
 * `head.json`: a classifier on top of the embedded encoder that a user has trained with `vllm-sr learn`.
 *
 * One layer on the sentence embedding: probabilities are `softmax((weights · embedding + bias) / temperature)`.
 * The weights mean something only for the encoder they were fitted on, so the file names it by its hash.
 *
 * @module
 */
import { z } from 'zod';

/** Name of the file in a model's folder. */
export const headFile = 'head.json';

/** Highest `version` that this release reads. */
export const headVersion = 1;

const probability = z.number().min(0).max(1);
const count = z.number().int().nonnegative();

const encoderSchema = z
  .object({
    name: z.string().min(1).describe('Name of the encoder, for people.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
      .describe('Hash of the graph whose embeddings the weights were fitted on.'),
    dimension: z.number().int().positive().describe('Length of the embedding.'),
  })
  .describe('The encoder that the head belongs to.');

const classMetricsSchema = z.object({
  precision: probability,
  recall: probability,
  f1: probability,
  support: count.describe('Rows of this class.'),
});

const metricsSchema = z
  .object({
    folds: z.number().int().min(2).describe('Parts of the cross-validation.'),
    accuracy: probability,
    accuracy_interval: z
      .tuple([probability, probability])
      .describe('95 % confidence interval of the accuracy (Wilson).'),
    macro_f1: probability,
    log_loss: z.number().nonnegative().describe('Mean negative log-likelihood, after calibration.'),
    calibration_error: probability.describe('Expected calibration error, after calibration.'),
    per_class: z.record(z.string(), classMetricsSchema),
    confusion: z
      .record(z.string(), z.record(z.string(), count))
      .describe('Rows by expected, then by predicted class.'),
  })
  .describe('Figures on rows that the measured copy of the head had not seen.');

const trainingSchema = z
  .object({
    rows: count,
    data_sha256: z.string().describe('Hash of texts and labels, in file order.'),
    regularisation: z.number().positive().describe('Weight of the L2 penalty, chosen by cross-validation.'),
    balanced: z.boolean().describe('Whether each class weighs the same, however many rows it has.'),
    tool: z.string().describe('Program and version that wrote the file.'),
  })
  .describe('How the head came about.');

/** Schema of the file. Unknown keys are ignored, so that a newer minor addition does no harm. */
export const headSchema = z
  .object({
    format: z.literal('vllm-sr-head').describe('Says what the file is.'),
    version: z.number().int().min(1).max(headVersion).describe('Version of the layout.'),
    name: z.string().min(1).describe('Name under which signals use the head.'),
    description: z.string().optional().describe('For people.'),
    license: z.string().optional().describe('Licence of the head, for people.'),
    encoder: encoderSchema,
    labels: z
      .array(z.string().min(1))
      .min(2)
      .refine((labels) => new Set(labels).size === labels.length, 'must not repeat')
      .describe('Classes, in the order of the weights.'),
    weights: z.array(z.array(z.number())).describe('One row per label, one number per embedding dimension.'),
    bias: z.array(z.number()).describe('One number per label.'),
    temperature: z.number().positive().describe('Divides the logits before the softmax.'),
    threshold: probability.describe('Recommended probability from which the top label counts.'),
    thresholds: z
      .record(z.string(), probability)
      .default({})
      .describe('Recommended probability of single labels, each taken as a question of its own.'),
    metrics: metricsSchema,
    training: trainingSchema,
  })
  .check(({ value: head, issues }) => {
    const wrong = shapeIssue(head);
    if (wrong === undefined) return;
    const [field, message] = wrong;
    issues.push({ code: 'custom', message, path: [field], input: head[field] });
  })
  .describe('A head trained with `vllm-sr learn`.');

export type HeadFile = z.output<typeof headSchema>;

interface Shape {
  readonly labels: readonly string[];
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
  readonly thresholds: Readonly<Record<string, number>>;
  readonly encoder: { readonly dimension: number };
}

/** Field that does not fit the others, and why. */
function shapeIssue(head: Shape): readonly ['weights' | 'bias' | 'thresholds', string] | undefined {
  const { length } = head.labels;
  const { dimension } = head.encoder;
  if (head.weights.length !== length || head.weights.some((row) => row.length !== dimension)) {
    return ['weights', `must be ${length} rows (one per label) of ${dimension} numbers`];
  }
  if (head.bias.length !== length) return ['bias', `must be ${length} numbers, one per label`];
  const stranger = Object.keys(head.thresholds).find((label) => !head.labels.includes(label));
  return stranger === undefined ? undefined : ['thresholds', `\`${stranger}\` is no label`];
}

/** Text of the file: readable on top, the numbers one row per line. */
export function headText(head: HeadFile): string {
  const { weights, bias, ...rest } = head;
  const top = JSON.stringify(rest, null, 2).replace(/\n}$/, '');
  const rows = weights.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
  return `${top},\n  "bias": ${JSON.stringify(bias)},\n  "weights": [\n${rows}\n  ]\n}\n`;
}
