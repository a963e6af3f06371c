/**
 * All lint rules. To add one: a file in `rules/`, a line here.
 *
 * @module
 */
import { duplicateCandidate, duplicateSignal } from './rules/duplicates.js';
import { guardMayBeCut, guardOnMetadata } from './rules/guards.js';
import { negatedUnavailable } from './rules/negated-unavailable.js';
import { deadAlternative, neverMatches } from './rules/never-matches.js';
import { openManagement } from './rules/open-management.js';
import { placeholder } from './rules/placeholders.js';
import { thresholdAlways, thresholdHigh, thresholdNever } from './rules/thresholds.js';
import { ties } from './rules/ties.js';
import { keywordTooCommon, regexTooBroad } from './rules/too-broad.js';
import { catchAllHides, unreachable } from './rules/unreachable.js';
import { unusedModel, unusedSignal } from './rules/unused.js';
import type { LintRule } from './types.js';

export const lintRules: readonly LintRule[] = [
  neverMatches,
  deadAlternative,
  unreachable,
  catchAllHides,
  ties,
  negatedUnavailable,
  guardOnMetadata,
  guardMayBeCut,
  thresholdNever,
  thresholdHigh,
  thresholdAlways,
  regexTooBroad,
  keywordTooCommon,
  unusedSignal,
  unusedModel,
  duplicateCandidate,
  duplicateSignal,
  placeholder,
  openManagement,
];
