/**
 * What models are for, in words, and which embedded model does it.
 *
 * @module
 */
import type { CatalogEntry, CatalogTask, Purpose } from './types.js';

interface PurposeFacts {
  /** Completes "a model that …". */
  readonly does: string;
  /** Registry name of the embedded model; undefined if none does this. */
  readonly embedded: string | undefined;
  /** What such a model gives; undefined if any kind will do. */
  readonly task: CatalogTask | undefined;
  readonly input: CatalogEntry['input'];
}

const facts: Readonly<Record<Purpose, PurposeFacts>> = {
  domain: {
    does: 'tells fields of knowledge apart',
    embedded: 'mom-domain-classifier',
    task: 'sequence',
    input: 'text',
  },
  pii: { does: 'finds personal data', embedded: 'mom-pii-classifier', task: 'token', input: 'text' },
  jailbreak: {
    does: 'recognises attacks on a model’s rules',
    embedded: 'mom-jailbreak-classifier',
    task: 'sequence',
    input: 'text',
  },
  'fact-check': {
    does: 'says whether an answer needs checking',
    embedded: 'mom-halugate-sentinel',
    task: 'sequence',
    input: 'text',
  },
  hallucination: {
    does: 'marks what given facts do not support',
    embedded: 'mom-halugate-detector',
    task: 'token',
    input: 'pair',
  },
  nli: {
    does: 'says whether two texts agree',
    embedded: 'mom-halugate-explainer',
    task: 'sequence',
    input: 'pair',
  },
  feedback: {
    does: 'reads a follow-up as feedback',
    embedded: 'mom-feedback-detector',
    task: 'sequence',
    input: 'text',
  },
  'tool-call-request': {
    does: 'looks for injections in requests with tools',
    embedded: 'mom-toolcall-sentinel',
    task: 'sequence',
    input: 'text',
  },
  'tool-call': {
    does: 'compares tool calls with what was asked',
    embedded: 'mom-toolcall-verifier',
    task: 'token',
    input: 'pair',
  },
  embedding: {
    does: 'turns texts into vectors',
    embedded: 'mom-embedding-light',
    task: 'embedding',
    input: 'text',
  },
  modality: {
    does: 'says whether text or an image is asked for',
    embedded: undefined,
    task: 'sequence',
    input: 'text',
  },
  base: { does: 'adapters sit on', embedded: undefined, task: 'base', input: 'text' },
  answer: { does: 'answers requests', embedded: undefined, task: 'generative', input: 'text' },
  other: { does: 'does something of its own', embedded: undefined, task: undefined, input: 'text' },
};

export function factsOf(purpose: Purpose): PurposeFacts {
  return facts[purpose];
}

/** Registry names of all embedded models. */
export const embeddedNames: ReadonlySet<string> = new Set(
  Object.values(facts).flatMap(({ embedded }) => embedded ?? []),
);
