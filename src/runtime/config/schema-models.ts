/**
 * Schema of `global.model_catalog`: which models the router itself runs, from where, and how sure they must be.
 *
 * @module
 */
import { z } from 'zod';
import { externalModelsSchema } from '../external/external-models.js';
import { mcpServersSchema } from '../external/mcp/settings.js';
import type { Device } from '../models/assignment.js';
import { registrySchema } from '../models/catalog/user-entries.js';
import { knowledgeBaseSchema } from '../signals/knowledge-base.js';

/** As `Device`. */
const devices = ['auto', 'cpu', 'cuda', 'coreml', 'dml', 'webgpu'] as const satisfies readonly Device[];

const inferenceSchema = z
  .strictObject({
    workers: z.number().int().min(1).max(64).default(1).describe('Threads that hold a copy of the model.'),
    threads: z
      .number()
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe('Threads that one pass uses. Default: up to 4, as the machine has cores.'),
    cache_entries: z
      .number()
      .int()
      .min(0)
      .default(4096)
      .describe('Texts whose model outputs are remembered.'),
    device: z
      .enum(devices)
      .default('auto')
      .describe(
        'Where models run that are named under `model_catalog`: `auto` tries CUDA on Linux, CUDA and DirectML on Windows and CoreML on macOS, then the CPU. The embedded models are made for the CPU and stay there. What is not there falls back to the CPU; `vllm-sr doctor` says why.',
      ),
    optimization_cache: z
      .boolean()
      .default(false)
      .describe(
        'Whether graphs are kept beside their models as ONNX Runtime has optimised them: a start that loads them is about a third faster, and models in one file take their size on disk again.',
      ),
  })
  .describe('How models run.');

/** A model by name, alias, `models/<name>`, `organisation/repository`, or a folder relative to this file. */
const reference = z.string().min(1);

const probability = z.number().min(0).max(1);

const systemSchema = z
  .looseObject({
    prompt_guard: reference.optional().describe('Model that recognises attacks on a model’s rules.'),
    domain_classifier: reference.optional().describe('Model that tells fields of knowledge apart.'),
    pii_classifier: reference.optional().describe('Model that finds personal data.'),
    fact_check_classifier: reference.optional().describe('Model that says whether an answer needs checking.'),
    hallucination_detector: reference
      .optional()
      .describe('Model that marks what the given facts do not support.'),
    hallucination_explainer: reference
      .optional()
      .describe('Model that says whether two texts agree, contradict each other or neither.'),
    feedback_detector: reference.optional().describe('Model that reads a follow-up as feedback.'),
    modality_classifier: reference
      .optional()
      .describe('Model that says whether text or an image is asked for. None is embedded.'),
    tool_call_sentinel: reference
      .optional()
      .describe('Model that looks for injections in requests with tools.'),
    tool_call_verifier: reference.optional().describe('Model that compares a tool call with what was asked.'),
  })
  .describe(
    'Models by what they are for: a name out of `vllm-sr models list`, `models/<name>`, a repository `organisation/name`, or a folder relative to this file. What is left out is done by the embedded models.',
  );

/** What every module with a model can say of it. */
const moduleFields = {
  model_ref: reference.optional().describe('Key under `system` whose model is used.'),
  model_id: reference.optional().describe('The model itself, instead of the one under `system`.'),
  threshold: probability
    .optional()
    .describe('Least probability from which a result counts. Default: the model’s own.'),
  max_sequence_length: z.number().int().min(1).optional().describe('Longest input in tokens.'),
  use_cpu: z.boolean().optional().describe('`true` keeps the model on the CPU, whatever `inference` says.'),
};

const enabled = z.boolean().optional().describe('`false`: the model that is named here is not used.');

const moduleSchema = z.looseObject(moduleFields);
const switchedSchema = z.looseObject({ enabled, ...moduleFields });

const modulesSchema = z
  .looseObject({
    prompt_guard: switchedSchema.optional().describe('Recognition of attacks.'),
    classifier: z
      .looseObject({
        domain: moduleSchema
          .extend({
            threshold: probability
              .optional()
              .describe('Least probability for domain rules that set none themselves.'),
          })
          .optional()
          .describe('Fields of knowledge.'),
        pii: moduleSchema.optional().describe('Personal data.'),
        mcp: mcpServersSchema.optional(),
        mcp_category_model: mcpServersSchema.optional().describe('Another name of `mcp`.'),
        preference: z
          .looseObject({
            use_contrastive: z
              .boolean()
              .optional()
              .describe(
                '`true`: `preferences` compare with examples even if an external model could decide.',
              ),
          })
          .optional()
          .describe('Routes of `preferences`.'),
      })
      .optional()
      .describe('Classifiers of requests.'),
    hallucination: z
      .looseObject({
        enabled,
        fact_check: moduleSchema.optional().describe('Whether an answer needs checking at all.'),
        detector: moduleSchema.optional().describe('What the given facts do not support.'),
        explainer: moduleSchema.optional().describe('How what is not supported relates to the facts.'),
      })
      .optional()
      .describe('Checks of answers against given facts.'),
    feedback: switchedSchema.optional().describe('Follow-ups that are feedback.'),
  })
  .describe('Settings of single tasks.');

/** Kinds of embedding models, as `model_type` names them. */
export const embeddingKinds = ['mmbert', 'bert', 'multimodal', 'gemma', 'qwen3'] as const;

const semanticSchema = z
  .looseObject({
    embedding_model: reference
      .optional()
      .describe(`The model, or which of the paths below is used: ${embeddingKinds.join(', ')}.`),
    mmbert_model_path: reference.optional().describe('Model of kind `mmbert`.'),
    bert_model_path: reference.optional().describe('Model of kind `bert`.'),
    multimodal_model_path: reference
      .optional()
      .describe('Model of kind `multimodal`; its text part is used.'),
    gemma_model_path: reference.optional().describe('Model of kind `gemma`.'),
    qwen3_model_path: reference.optional().describe('Model of kind `qwen3`.'),
    use_cpu: moduleFields.use_cpu,
    embedding_config: z
      .looseObject({
        model_type: z
          .string()
          .optional()
          .describe(`Which path is used: ${embeddingKinds.join(', ')}.`),
        target_dimension: z
          .number()
          .int()
          .min(1)
          .optional()
          .describe('Numbers of a vector that are kept; only for models that were trained for it.'),
        target_layer: z
          .number()
          .int()
          .min(1)
          .optional()
          .describe('Layer to stop at; only for repositories with a graph per layer.'),
        enable_soft_matching: z
          .boolean()
          .optional()
          .describe(
            '`true`: if no embedding rule reaches its own threshold, those match that reach `min_score_threshold`. Default: `true` if that is given.',
          ),
        soft_matching: z.boolean().optional().describe('The same as `enable_soft_matching`.'),
        min_score_threshold: probability
          .optional()
          .describe('Threshold of soft matching, a similarity. Default 0.5.'),
        min_score: probability.optional().describe('The same as `min_score_threshold`.'),
        top_k: z
          .number()
          .int()
          .min(0)
          .optional()
          .describe('Most embedding rules that match, the nearest first; 0 or left out: all.'),
      })
      .optional()
      .describe('Which of the models, and what of it.'),
  })
  .describe('The model whose vectors say how near two texts are. One is used; a warning names the others.');

const embeddingsSchema = z
  .looseObject({
    semantic: semanticSchema.optional(),
    bert: moduleSchema.optional().describe('Model of kind `bert` in files of the first release.'),
  })
  .describe('Embedding models.');

const deploymentSchema = z
  .looseObject({
    artifact: reference.describe('The model, as under `system`.'),
    revision: z.string().min(1).optional().describe('Branch, tag or commit.'),
    device: z
      .string()
      .min(1)
      .optional()
      .describe('Where it runs: `auto`, `cpu`, `cuda`, `coreml`, `dml`, `webgpu`.'),
    input: z
      .looseObject({
        max_tokens: z.number().int().min(1).optional().describe('Longest input in tokens.'),
      })
      .optional()
      .describe('What it reads.'),
  })
  .describe('A model with the way it is run.');

const bindingSchema = z
  .looseObject({ deployment: reference.describe('Key under `deployments`.') })
  .describe('The deployment that does a task.');

/** When models are downloaded without being asked for by name. */
export const downloadModes = ['never', 'missing'] as const;

/** What happens where a named model cannot answer. */
export const fallbackModes = ['embedded', 'none'] as const;

export const modelCatalogSchema = z
  .looseObject({
    download: z
      .enum(downloadModes)
      .default('never')
      .describe(
        'Models that are named and not there: `never` leaves them to `vllm-sr models pull` and `serve --pull`, `missing` downloads them when the router starts.',
      ),
    fallback: z
      .enum(fallbackModes)
      .optional()
      .describe(
        'Who answers for a named model that is not there or cannot be loaded: `embedded` the model of the package, `none` nobody, so the router does not start without it. Default: the embedded one, but a download that fails ends the start.',
      ),
    inference: inferenceSchema.prefault({}),
    registry: registrySchema.optional(),
    kbs: z.array(knowledgeBaseSchema).optional().describe('Knowledge bases, for `kb` signals.'),
    system: systemSchema.optional(),
    embeddings: embeddingsSchema.optional(),
    modules: modulesSchema.optional(),
    external: externalModelsSchema.optional(),
    deployments: z
      .record(z.string().min(1), deploymentSchema)
      .optional()
      .describe('Models by a name of yours.'),
    bindings: z
      .record(z.string().min(1), bindingSchema)
      .optional()
      .describe('Deployments by task; the keys are those of `system`, and `embedding`.'),
  })
  .describe('Models of the router itself.');

/** `global.model_catalog`, validated. */
export type ModelCatalogDocument = z.output<typeof modelCatalogSchema>;
