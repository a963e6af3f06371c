/**
 * What a request needs of a model, and whether a model is known to have it.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import type { CandidateRequirements } from '../config/types.js';
import type { UpstreamModel } from '../providers/types.js';
import { estimateRequestTokens } from '../signals/token-estimate.js';

/** Words under which model cards declare an ability. */
const words = {
  images: ['image', 'images', 'vision', 'multimodal', 'image_input', 'omni'],
  tools: ['tools', 'tool', 'tool_use', 'tool_calling', 'tool_calls', 'function_calling', 'functions'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/**
 * Why a model cannot take the request, as the end of a sentence about it; undefined if it can. Abilities
 * must be declared; a context window counts only if it is known.
 */
export function unfitness(
  model: UpstreamModel,
  request: RoutingRequest,
  { capabilities, context }: CandidateRequirements,
): string | undefined {
  const declared = model.facts?.abilities ?? [];
  if (capabilities) {
    for (const [ability, needed] of [
      ['images', request.imageCount > 0],
      ['tools', request.toolDefinitionCount > 0],
    ] as const) {
      if (needed && !words[ability].some((word) => declared.includes(word)))
        return `declares no support for ${ability}`;
    }
  }
  const window = model.facts?.contextWindow;
  if (!context || window === undefined) return undefined;
  const tokens = estimateRequestTokens(request) + (request.maxOutputTokens ?? 0);
  return tokens > window
    ? `has a context window of ${window} tokens and about ${tokens} are needed`
    : undefined;
}
