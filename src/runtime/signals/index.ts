/**
 * All signal families. To add one: write its file and add it to this list.
 *
 * @module
 */
import { authzFamily } from './authz.js';
import { classifierFamily } from './classifier.js';
import { complexityFamily } from './complexity.js';
import { contextFamily } from './context.js';
import { conversationFamily } from './conversation.js';
import { domainFamily } from './domain.js';
import { embeddingFamily } from './embedding.js';
import { eventFamily } from './event.js';
import { factCheckFamily } from './fact-check.js';
import { inputModalityFamily } from './input-modality.js';
import { jailbreakFamily } from './jailbreak.js';
import { kbFamily } from './kb.js';
import { keywordFamily } from './keyword.js';
import { languageFamily } from './language.js';
import { metadataFamily } from './metadata.js';
import { modalityFamily } from './modality.js';
import { piiFamily } from './pii.js';
import { preferenceFamily } from './preference.js';
import { reaskFamily } from './reask.js';
import { safetyFamily } from './safety.js';
import { structureFamily } from './structure.js';
import type { SignalFamily } from './types.js';
import { userFeedbackFamily } from './user-feedback.js';

/** Order of reference docs, traces and explanations. */
export const signalFamilies: readonly SignalFamily[] = [
  keywordFamily,
  contextFamily,
  structureFamily,
  languageFamily,
  conversationFamily,
  metadataFamily,
  authzFamily,
  eventFamily,
  domainFamily,
  embeddingFamily,
  factCheckFamily,
  userFeedbackFamily,
  jailbreakFamily,
  piiFamily,
  inputModalityFamily,
  reaskFamily,
  complexityFamily,
  preferenceFamily,
  modalityFamily,
  kbFamily,
  classifierFamily,
  safetyFamily,
];

const byType = new Map(signalFamilies.map((family) => [family.type, family]));

/** Family of a condition type such as `keyword`; any case, as in decision rules. */
export function familyOfType(type: string): SignalFamily | undefined {
  return byType.get(type.toLowerCase());
}
