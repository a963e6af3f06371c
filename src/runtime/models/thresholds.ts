/**
 * How sure models must be, as far as a configuration says so.
 *
 * @module
 */
import type { Purpose } from './catalog/types.js';

/**
 * Least probabilities by what the model is for, from `global.model_catalog.modules`. A rule's own threshold
 * comes first; where neither says anything, the model's own holds, since models differ in how sure they are.
 */
export type ModelThresholds = Readonly<Partial<Record<Purpose, number>>>;
