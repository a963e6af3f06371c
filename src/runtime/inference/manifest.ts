/**
 * The manifest of a model bundle: what is in it, without looking at the files.
 *
 * @module
 */
import { z } from 'zod';

const fileSchema = z.object({
  path: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
  bytes: z.number().int().nonnegative(),
});

const metricsSchema = z.record(z.string(), z.unknown()).default({});

/** Field of a token head that is wrong, and why. */
function tokenHeadIssue(head: {
  readonly labels: readonly string[];
  readonly scheme: 'bio' | 'binary';
  readonly transitions?: readonly (readonly number[])[] | undefined;
}): readonly ['labels' | 'transitions', string] | undefined {
  const { labels, scheme, transitions } = head;
  if (scheme === 'binary') return labels.length === 2 ? undefined : ['labels', 'must be two'];
  if (!labels.includes('O') || !labels.every((label) => /^(O|[BI]-.+)$/.test(label))) {
    return ['labels', 'must be "O" and labels with "B-" or "I-" before them'];
  }
  if (labels.some((label) => label.startsWith('I-') && !labels.includes(`B-${label.slice(2)}`))) {
    return ['labels', 'must have a "B-" for each "I-"'];
  }
  if (transitions === undefined) return undefined;
  const rows = labels.length + 1;
  return transitions.length === rows && transitions.every((row) => row.length === labels.length)
    ? undefined
    : ['transitions', `must be ${rows} rows of ${labels.length} numbers`];
}

const headSchema = z
  .object({
    /** Registry name, e.g. `mom-domain-classifier`. */
    model: z.string().min(1),
    /**
     * `sequence`: one row of logits per text; `token`: one per piece. Kinds this version doesn't know
     * are kept but not run.
     */
    task: z.string().min(1),
    output: z.string().min(1),
    labels: z
      .array(z.string().min(1))
      .min(1)
      .refine((labels) => new Set(labels).size === labels.length, 'must not repeat'),
    /** Divides the logits before the softmax. */
    temperature: z.number().positive().default(1),
    /** Recommended probability from which the top label, or a span, counts. */
    threshold: z.number().min(0).max(1).default(0.5),
    /** The same for single span labels of a token head. */
    thresholds: z.record(z.string(), z.number().min(0).max(1)).default({}),
    /** How the labels of a token head make spans; `binary`: the second label is the one reported. */
    scheme: z.enum(['bio', 'binary']).default('bio'),
    /**
     * How well a label of a bio head follows on another one: a row per label before, and a last one for
     * the start of a text, in the order of `labels`. Weighted logarithms, added to those of the
     * probabilities; about -50 for what must not happen. Without them only `I-` without a begin is ruled
     * out.
     */
    transitions: z.array(z.array(z.number())).optional(),
    card: z.string().optional(),
    /** Figures of the evaluation, as the training wrote them. */
    metrics: metricsSchema,
  })
  .check(({ value: head, issues }) => {
    if (head.task !== 'token') return;
    const issue = tokenHeadIssue(head);
    if (issue === undefined) return;
    const [field, message] = issue;
    issues.push({ code: 'custom', message, path: [field], input: head[field] });
  });

const embeddingSchema = z.object({
  model: z.string().min(1),
  output: z.string().min(1),
  card: z.string().optional(),
  metrics: metricsSchema,
});

const headsSchema = z
  .array(headSchema)
  .refine(
    (heads) => new Set(heads.map((head) => head.model)).size === heads.length,
    'models must not repeat',
  );

const commonSchema = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  encoder: z.object({
    name: z.string().min(1),
    license: z.string().min(1),
    dimension: z.number().int().positive(),
    max_tokens: z.number().int().min(8),
    precision: z.string().default('fp32'),
  }),
});

const graphSchema = z.object({
  name: z.string().min(1),
  /** `text`: reads one text; `pair`: reads two together. Graphs of other kinds are left alone. */
  input: z.string().min(1),
  file: fileSchema,
  embedding: embeddingSchema.optional(),
  heads: headsSchema,
});

/** Unknown keys are ignored, so that a newer bundle works with an older router. */
const manifestSchema = commonSchema.extend({
  tokenizer: fileSchema,
  graphs: z
    .array(graphSchema)
    .refine((graphs) => {
      const known = graphs.map(({ input }) => input).filter((input) => input === 'text' || input === 'pair');
      return new Set(known).size === known.length;
    }, 'only one graph per kind of input')
    .refine(
      (graphs) => graphs.some(({ input, embedding }) => input === 'text' && embedding !== undefined),
      'needs one with input "text" and an embedding',
    )
    .refine((graphs) => {
      const models = graphs.flatMap(({ heads }) => heads.map(({ model }) => model));
      return new Set(models).size === models.length;
    }, 'models must not repeat'),
});

export type Manifest = z.output<typeof manifestSchema>;
export type ManifestFile = z.output<typeof fileSchema>;
export type ManifestHead = z.output<typeof headSchema>;
export type ManifestEmbedding = z.output<typeof embeddingSchema>;

const singleGraphSchema = commonSchema.extend({
  files: z.object({ graph: fileSchema, tokenizer: fileSchema }),
  embedding: embeddingSchema,
  heads: headsSchema,
});

type Parsed = { readonly manifest: Manifest } | { readonly issues: readonly string[] };

function issuesOf(error: z.ZodError): Parsed {
  return {
    issues: error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`),
  };
}

/** The layout of bundles up to 0.1: one graph, its heads at the top level. */
function parseSingleGraph(json: unknown): Parsed {
  const parsed = singleGraphSchema.safeParse(json);
  if (!parsed.success) return issuesOf(parsed.error);
  const { files, embedding, heads, ...common } = parsed.data;
  const graph = { name: 'request', input: 'text', file: files.graph, embedding, heads };
  return { manifest: { ...common, tokenizer: files.tokenizer, graphs: [graph] } };
}

/** Checks the parsed JSON of a manifest; says what is wrong as `field: reason`. */
export function parseManifest(json: unknown): Parsed {
  if (typeof json === 'object' && json !== null && 'files' in json && !('graphs' in json))
    return parseSingleGraph(json);
  const parsed = manifestSchema.safeParse(json);
  return parsed.success ? { manifest: parsed.data } : issuesOf(parsed.error);
}
