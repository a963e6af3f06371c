/**
 * The published models of the MoM family.
 *
 * Revisions are branches: which commit a name stands for is settled by the first pull and kept in the cache's
 * `refs`, so that a model does not change under a running configuration until it is pulled again. `--revision`,
 * or `revision` in the configuration, pins a commit.
 *
 * @module
 */
import {
  adapterFiles,
  baseFiles,
  classifierFiles,
  embeddingFiles,
  layeredFiles,
  multimodalFiles,
} from './file-rules.js';
import {
  domainLabels,
  factCheckLabels,
  feedbackLabels,
  feedbackLabelsAlphabetical,
  hallucinationLabels,
  jailbreakLabels,
  modalityLabels,
  nliLabels,
  piiLabels,
  toolCallLabels,
  toolCallRequestLabels,
} from './labels.js';
import type { Architecture, CatalogEntry, FileRules } from './types.js';

/** What differs from one entry to the next; the rest has the value that most of them share. */
type Given = Pick<CatalogEntry, 'name' | 'architecture' | 'purpose' | 'task'> &
  Partial<Omit<CatalogEntry, 'source' | 'origin'>>;

function published(repo: string, given: Given): CatalogEntry {
  return entry({ kind: 'hub', repo, revision: 'main' }, given);
}

function entry(source: CatalogEntry['source'], given: Given): CatalogEntry {
  return {
    aliases: [],
    input: 'text',
    labels: [],
    threshold: undefined,
    maxTokens: undefined,
    dimension: undefined,
    files: filesFor(given),
    requires: [],
    approximateBytes: sizes[given.architecture],
    license: undefined,
    gated: false,
    standIn: undefined,
    ...given,
    source,
    origin: 'catalog',
  };
}

function filesFor({ task }: Given): FileRules {
  return task === 'embedding' ? embeddingFiles : classifierFiles;
}

/** Weights in full precision with the tokenizer, bytes. */
const sizes: Readonly<Record<Architecture, number | undefined>> = {
  bert: 440_000_000,
  modernbert: 600_000_000,
  mmbert: 1_265_000_000,
  qwen3: 1_205_000_000,
  gemma3: 1_260_000_000,
  multimodal: undefined,
  unknown: undefined,
};

/** What the two generations of a task have in common. */
const tasks = {
  domain: {
    purpose: 'domain',
    task: 'sequence',
    labels: domainLabels,
    standIn: 'mom-domain-classifier',
  },
  pii: { purpose: 'pii', task: 'token', labels: piiLabels, threshold: 0.9, standIn: 'mom-pii-classifier' },
  jailbreak: {
    purpose: 'jailbreak',
    task: 'sequence',
    labels: jailbreakLabels,
    threshold: 0.7,
    standIn: 'mom-jailbreak-classifier',
  },
  factCheck: {
    purpose: 'fact-check',
    task: 'sequence',
    labels: factCheckLabels,
    threshold: 0.6,
    standIn: 'mom-halugate-sentinel',
  },
  feedback: {
    purpose: 'feedback',
    task: 'sequence',
    labels: feedbackLabels,
    threshold: 0.7,
    standIn: 'mom-feedback-detector',
  },
  hallucination: {
    purpose: 'hallucination',
    task: 'token',
    input: 'pair',
    labels: hallucinationLabels,
    threshold: 0.8,
    maxTokens: 8192,
    standIn: 'mom-halugate-detector',
  },
} as const satisfies Record<string, Partial<CatalogEntry>>;

/** The tasks of the 32K generation: repository stem, short names, what they have in common. */
const longContext = [
  [
    'intent-classifier',
    ['mmbert32k-intent', 'mmbert-32k-intent', 'intent-classifier-32k'],
    { ...tasks.domain, threshold: 0.5 },
  ],
  [
    'factcheck-classifier',
    ['mmbert32k-factcheck', 'mmbert-32k-factcheck', 'fact-check-32k', 'factcheck-classifier-32k'],
    tasks.factCheck,
  ],
  [
    'jailbreak-detector',
    ['mmbert32k-jailbreak', 'mmbert-32k-jailbreak', 'jailbreak-detector-32k', 'prompt-guard-32k'],
    tasks.jailbreak,
  ],
  [
    'feedback-detector',
    ['mmbert32k-feedback', 'mmbert-32k-feedback', 'feedback-detector-32k'],
    tasks.feedback,
  ],
  ['pii-detector', ['mmbert32k-pii', 'mmbert-32k-pii', 'pii-detector-32k'], tasks.pii],
] as const;

const longContextBase = 'mmbert-32k-yarn';

const adapters = longContext.map(([stem, aliases, task]) =>
  published(`llm-semantic-router/mmbert32k-${stem}-lora`, {
    ...task,
    name: `mmbert32k-${stem}-lora`,
    aliases,
    architecture: 'mmbert',
    maxTokens: 32_768,
    files: adapterFiles,
    requires: [longContextBase],
    approximateBytes: 30_000_000,
  }),
);

const merged = longContext.map(([stem, aliases, task]) =>
  published(`llm-semantic-router/mmbert32k-${stem}-merged`, {
    ...task,
    name: `mmbert32k-${stem}-merged`,
    aliases: [`${stem}-merged`, `${stem}-32k-merged`, ...aliases.map((alias) => `${alias}-merged`)].filter(
      (alias, index, all) => all.indexOf(alias) === index,
    ),
    architecture: 'mmbert',
    maxTokens: 32_768,
  }),
);

const classifiers: readonly CatalogEntry[] = [
  published('LLM-Semantic-Router/lora_intent_classifier_bert-base-uncased_model', {
    ...tasks.domain,
    name: 'mom-domain-classifier',
    aliases: [
      'domain-classifier',
      'intent-classifier',
      'category-classifier',
      'category_classifier_modernbert-base_model',
      'lora_intent_classifier_bert-base-uncased_model',
      'mom-brain-flash',
    ],
    architecture: 'bert',
    threshold: 0.6,
    maxTokens: 512,
  }),
  published('LLM-Semantic-Router/lora_pii_detector_bert-base-uncased_model', {
    ...tasks.pii,
    name: 'mom-pii-classifier',
    aliases: [
      'pii-detector',
      'pii-classifier',
      'privacy-guard',
      'lora_pii_detector_bert-base-uncased_model',
      'mom-pii-flash',
    ],
    architecture: 'bert',
    maxTokens: 512,
  }),
  published('llm-semantic-router/mmbert-pii-detector-merged', {
    ...tasks.pii,
    name: 'mom-mmbert-pii-detector',
    aliases: [
      'mmbert-pii-detector',
      'mmbert-pii-detector-merged',
      'pii_classifier_modernbert-base_presidio_token_model',
      'pii_classifier_modernbert-base_model',
      'pii_classifier_modernbert_model',
      'pii_classifier_modernbert_ai4privacy_token_model',
    ],
    architecture: 'mmbert',
    maxTokens: 8192,
  }),
  // The first release published a BERT under this name; every later one the ModernBERT.
  published('LLM-Semantic-Router/jailbreak_classifier_modernbert-base_model', {
    ...tasks.jailbreak,
    name: 'mom-jailbreak-classifier',
    aliases: [
      'jailbreak-detector',
      'prompt-guard',
      'safety-classifier',
      'jailbreak_classifier_modernbert-base_model',
      'lora_jailbreak_classifier_bert-base-uncased_model',
      'jailbreak_classifier_modernbert_model',
      'mom-jailbreak-flash',
    ],
    architecture: 'modernbert',
    maxTokens: 512,
  }),
  published('LLM-Semantic-Router/halugate-sentinel', {
    ...tasks.factCheck,
    name: 'mom-halugate-sentinel',
    aliases: ['hallucination-sentinel', 'halugate-sentinel'],
    architecture: 'modernbert',
    maxTokens: 512,
    license: 'Apache-2.0',
  }),
  published('KRLabsOrg/lettucedect-base-modernbert-en-v1', {
    ...tasks.hallucination,
    name: 'mom-halugate-detector',
    aliases: ['hallucination-detector', 'halugate-detector', 'lettucedect'],
    architecture: 'modernbert',
    license: 'MIT',
  }),
  published('KRLabsOrg/lettucedect-v2-mmbert-base', {
    ...tasks.hallucination,
    name: 'lettucedect-v2-mmbert-base',
    aliases: ['hallucination-detector-multilingual', 'lettucedect-v2-mmbert'],
    architecture: 'mmbert',
  }),
  published('tasksource/ModernBERT-base-nli', {
    name: 'mom-halugate-explainer',
    aliases: ['hallucination-explainer', 'halugate-explainer', 'nli-explainer'],
    architecture: 'modernbert',
    purpose: 'nli',
    task: 'sequence',
    input: 'pair',
    labels: nliLabels,
    threshold: 0.9,
    maxTokens: 8192,
    standIn: 'mom-halugate-explainer',
  }),
  published('llm-semantic-router/feedback-detector', {
    ...tasks.feedback,
    name: 'mom-feedback-detector',
    aliases: ['feedback-detector', 'user-feedback-classifier'],
    architecture: 'modernbert',
    labels: feedbackLabelsAlphabetical,
    maxTokens: 8192,
    license: 'Apache-2.0',
  }),
  published('llm-semantic-router/mmbert32k-modality-router-merged', {
    name: 'mmbert32k-modality-router-merged',
    aliases: ['modality-classifier', 'modality-router', 'mmbert32k-modality-router'],
    architecture: 'mmbert',
    purpose: 'modality',
    task: 'sequence',
    labels: modalityLabels,
    threshold: 0.5,
    maxTokens: 32_768,
  }),
  // In no registry of the original, but published.
  published('llm-semantic-router/toolcall-sentinel', {
    name: 'mom-toolcall-sentinel',
    aliases: ['toolcall-sentinel', 'function-call-sentinel'],
    architecture: 'modernbert',
    purpose: 'tool-call-request',
    task: 'sequence',
    labels: toolCallRequestLabels,
    threshold: 0.5,
    maxTokens: 512,
    license: 'Apache-2.0',
    standIn: 'mom-toolcall-sentinel',
  }),
  published('llm-semantic-router/toolcall-verifier', {
    name: 'mom-toolcall-verifier',
    aliases: ['toolcall-verifier', 'tool-call-verifier'],
    architecture: 'modernbert',
    purpose: 'tool-call',
    task: 'token',
    input: 'pair',
    labels: toolCallLabels,
    threshold: 0.5,
    maxTokens: 2048,
    license: 'Apache-2.0',
    standIn: 'mom-toolcall-verifier',
  }),
];

const embedding = {
  purpose: 'embedding',
  task: 'embedding',
  standIn: 'mom-embedding-light',
} as const satisfies Partial<CatalogEntry>;

const embeddings: readonly CatalogEntry[] = [
  published('Qwen/Qwen3-Embedding-0.6B', {
    ...embedding,
    name: 'mom-embedding-pro',
    aliases: ['Qwen3-Embedding-0.6B', 'embedding-pro', 'qwen3'],
    architecture: 'qwen3',
    maxTokens: 32_768,
    dimension: 1024,
    license: 'Apache-2.0',
  }),
  published('google/embeddinggemma-300m', {
    ...embedding,
    name: 'mom-embedding-flash',
    aliases: ['embeddinggemma-300m', 'embedding-flash', 'gemma'],
    architecture: 'gemma3',
    maxTokens: 2048,
    dimension: 768,
    license: 'Gemma terms of use',
    gated: true,
  }),
  published('sentence-transformers/all-MiniLM-L12-v2', {
    ...embedding,
    name: 'mom-embedding-light',
    aliases: ['all-MiniLM-L12-v2', 'embedding-light', 'bert-light', 'mom-similarity-flash'],
    architecture: 'bert',
    maxTokens: 512,
    dimension: 384,
    threshold: 0.6,
    approximateBytes: 134_000_000,
    license: 'Apache-2.0',
  }),
  published('llm-semantic-router/mmbert-embed-32k-2d-matryoshka', {
    ...embedding,
    name: 'mmbert-embed-32k-2d-matryoshka',
    aliases: [
      'mom-embedding-ultra',
      'mom-embedding-max',
      'mmbert-embedding',
      'embedding-mmbert',
      'mmbert',
      'embedding-ultra',
      'embedding-max',
    ],
    architecture: 'mmbert',
    maxTokens: 32_768,
    dimension: 768,
    threshold: 0.5,
    files: layeredFiles([22, 16, 11, 6]),
  }),
  published('llm-semantic-router/multi-modal-embed-small', {
    ...embedding,
    name: 'mom-embedding-multimodal',
    aliases: ['multi-modal-embed-small', 'multimodal-embedding', 'embedding-multimodal', 'multimodal'],
    architecture: 'multimodal',
    maxTokens: 512,
    dimension: 384,
    files: multimodalFiles,
    approximateBytes: 480_000_000,
  }),
];

const bases: readonly CatalogEntry[] = [
  published(`llm-semantic-router/${longContextBase}`, {
    name: longContextBase,
    architecture: 'mmbert',
    purpose: 'base',
    task: 'base',
    maxTokens: 32_768,
    files: baseFiles,
  }),
];

/** Names of the family that are generative models: a model server runs them, and the router calls it. */
const served: readonly CatalogEntry[] = [
  ...['mom-brain-pro', 'mom-brain-max'].map((name) => ({
    name,
    labels: domainLabels,
    purpose: 'domain' as const,
  })),
  ...['math', 'science', 'social', 'humanities', 'law', 'generalist'].map((field) => ({
    name: `mom-expert-${field}-flash`,
    labels: [],
    purpose: 'answer' as const,
  })),
].map(({ name, labels, purpose }) =>
  entry(
    {
      kind: 'served',
      advice: 'Run it in a model server such as vLLM and name its endpoint under `providers.models`.',
    },
    {
      name,
      labels,
      purpose,
      architecture: 'qwen3',
      task: 'generative',
      approximateBytes: undefined,
      standIn: purpose === 'domain' ? 'mom-domain-classifier' : undefined,
    },
  ),
);

/** Everything the router knows by name, in the order of `models list`. */
export const catalogEntries: readonly CatalogEntry[] = [
  ...classifiers,
  ...embeddings,
  ...merged,
  ...adapters,
  ...bases,
  ...served,
];
