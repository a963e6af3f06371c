/**
 * Schema of `routing`: model cards, signals and decisions. Signal families and plugins bring their own
 * schemas.
 *
 * @module
 */
import { z } from 'zod';
import { actionSchema, prioritySchema } from '../decision/actions.js';
import { projectionsSchema } from '../decision/projections/types.js';
import { ruleSchema, strategies } from '../decision/types.js';
import { pluginKinds } from '../plugins/index.js';
import { signalFamilies } from '../signals/index.js';
import { description } from '../signals/rule-fields.js';
import { builtAlgorithms, plannedAlgorithms, plannedFamilies, plannedPlugins } from './not-yet-available.js';

const loose = z.looseObject({});

/** For parts that are known, accepted and not built; a warning goes with each. */
const accepted = z.unknown().optional().describe('Accepted, not available in this version.');

export const modelCardSchema = z
  .strictObject({
    name: z.string().min(1).describe('Name of a model under `providers.models`.'),
    display_name: z.string().optional(),
    description: z.string().optional().describe('What the model is good at.'),
    param_size: z.union([z.string(), z.number()]).optional().describe('E.g. `8B`.'),
    context_window_size: z.number().int().min(1).optional().describe('Tokens.'),
    max_output_tokens: z.number().int().min(1).optional().describe('Tokens.'),
    capabilities: z
      .array(z.string())
      .optional()
      .describe('E.g. `vision`, `tools`; see `candidate_requirements`.'),
    loras: z
      .array(
        z.strictObject({
          name: z.string().min(1).describe('Name that the endpoint serves the adapter under.'),
          description: z.string().optional(),
        }),
      )
      .optional()
      .describe('LoRA adapters that decisions can ask for with `lora_name`.'),
    tags: z.array(z.string()).optional(),
    modality: z.string().optional(),
    modalities: z
      .looseObject({ input: z.array(z.string()).optional(), output: z.array(z.string()).optional() })
      .optional()
      .describe('What it reads and writes, e.g. `{input: [text, image], output: [text]}`.'),
    publisher: z.string().optional(),
    family: z.string().optional(),
    revision: z.string().optional(),
    released_at: z.string().optional(),
    knowledge_cutoff: z.string().optional(),
    lifecycle: z.unknown().optional(),
    distribution: loose.optional(),
    presentation: loose.optional(),
  })
  .describe('Facts about a model that are not about its endpoints.');

export const modelRefSchema = z
  .strictObject({
    model: z.string().min(1).describe('Name of a model under `providers.models`.'),
    use_reasoning: z.boolean().default(false).describe('Whether the model reasons before it answers.'),
    reasoning_effort: z.string().min(1).optional().describe('E.g. `low`, `medium`, `high`.'),
    reasoning_description: description,
    reasoning_mode: z
      .string()
      .optional()
      .describe('Accepted, not available in this version: `use_reasoning` and `reasoning_effort` say it.'),
    lora_name: z.string().min(1).optional().describe("LoRA adapter of the model's card."),
    weight: z
      .number()
      .min(0)
      .optional()
      .describe(
        'Share of the conversations among the references. `static` shares only if all of them have a weight; a conversation stays with its model.',
      ),
  })
  .describe('A model that may answer.');

const algorithmSchema = z
  .looseObject({
    type: z
      .enum([...builtAlgorithms, ...plannedAlgorithms])
      .describe(
        '`static` takes the first reference, or shares by weight, and stands in for all others: they are not available in this version.',
      ),
  })
  .describe(
    'How one of `modelRefs` is chosen. An algorithm has its settings in a block of its name; those of algorithms that are not available are checked and not used.',
  );

function pluginSchema() {
  const variants = [
    ...pluginKinds.map((kind) =>
      z.strictObject({ type: z.literal(kind.type), configuration: kind.schema }).describe(kind.summary),
    ),
    ...plannedPlugins.map((type) =>
      z
        .strictObject({ type: z.literal(type), configuration: loose.prefault({}) })
        .describe('Accepted, not available in this version.'),
    ),
  ];
  const [first, ...rest] = variants;
  if (first === undefined) throw new Error('no plugins are registered');
  return z.discriminatedUnion('type', [first, ...rest]);
}

const plannedRuleSchema = z.looseObject({ name: z.string().min(1) });

/** Rules of each family under the family's config key. */
function signalsSchema() {
  const shape: Record<string, z.ZodOptional<z.ZodArray<z.ZodType<{ readonly name: string }>>>> = {};
  for (const family of signalFamilies) {
    shape[family.configKey] = z.array(family.schema).optional().describe(family.summary);
  }
  for (const family of plannedFamilies) {
    shape[family.configKey] = z
      .array(plannedRuleSchema)
      .optional()
      .describe('Accepted, not available in this version: these rules never match.');
  }
  return z.strictObject(shape).describe('What is looked for in a request, by signal family.');
}

const reasoningSchema = z
  .strictObject({
    mode: z
      .enum(['model', 'entropy'])
      .describe(
        '`model`: as `use_reasoning` of the chosen model reference says. `entropy`: by how sure the domain classifier is; certain readings follow their category, uncertain ones a vote of the likeliest, hopeless ones reason.',
      ),
    categories: z
      .record(z.string(), z.boolean())
      .optional()
      .describe(
        'Whether a category wants reasoning, in any case. Default: as the first model reference of the decision about it says.',
      ),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe(
        "Least probability of the top category at medium uncertainty. Default: the model bundle's recommendation.",
      ),
  })
  .describe('How it is decided whether the model reasons.');

export const decisionSchema = z
  .strictObject({
    name: z.string().min(1).describe('Shown in headers, logs and explanations.'),
    description: z.string().default('').describe('For people only.'),
    priority: prioritySchema.optional(),
    tier: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe('Lower tiers win before priorities count; 0 is untiered.'),
    rules: ruleSchema.optional().describe('When the decision applies. Left out: always.'),
    modelRefs: z
      .array(modelRefSchema)
      .default([])
      .describe('Models that may answer. None: the default model.'),
    algorithm: algorithmSchema.optional(),
    reasoning: reasoningSchema.optional(),
    plugins: z.array(pluginSchema()).default([]).describe('What happens to requests of this decision.'),
    annotations: loose.optional().describe('For people and tools; not read.'),
    emits: accepted,
    output_contract: accepted,
    output_contract_spec: accepted,
    adaptations: accepted,
    candidateIterations: accepted,
    action: actionSchema.optional(),
    fallback: accepted,
  })
  .describe('A rule for who answers.');

const strategySchema = z
  .enum(strategies)
  .describe('Which matching decision wins: highest `priority` (default) or highest `confidence`.');

const requirementsSchema = z
  .strictObject({
    capabilities: z
      .enum(['declared'])
      .optional()
      .describe(
        '`declared`: requests with images or tools only go to models whose card declares that, under `capabilities` or `modalities.input`.',
      ),
    context: z
      .enum(['known_limits'])
      .optional()
      .describe(
        '`known_limits`: requests only go to models whose `context_window_size` holds them, if it is given.',
      ),
  })
  .describe('Which models are left out because they cannot take a request.');

/** What `routing` of the file and that of a recipe have in common. */
const rules = {
  signals: signalsSchema().prefault({}),
  projections: projectionsSchema.prefault({}),
  decisions: z.array(decisionSchema).default([]).describe('Rules for who answers.'),
  candidate_requirements: requirementsSchema.optional(),
  data_policy: accepted,
  model_bindings: accepted,
  fallback: accepted,
};

/** `routing` of a recipe: rules of its own, the models of the file. */
export const recipeRoutingSchema = z
  .strictObject({ strategy: strategySchema.optional(), ...rules })
  .describe('Rules of the recipe. Names of signals, projections and decisions are its own.');

export const routingSchema = z
  .strictObject({
    strategy: strategySchema.optional(),
    modelCards: z.array(modelCardSchema).default([]).describe('Facts about models.'),
    ...rules,
  })
  .describe('How requests are routed.');
