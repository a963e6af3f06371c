/**
 * Estimates prompt tokens without a tokenizer.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';

/** Tokens of role, delimiters and so on around one message, as OpenAI counts for its chat format. */
const tokensPerMessage = 4;
/** Tokens of one image: about a 1-megapixel picture at high detail. */
const tokensPerImage = 1_000;
/** Tokens around one tool call or definition. */
const tokensPerTool = 8;
/** JSON is dense in punctuation and identifiers. */
const structuredCharsPerToken = 3;

/** Placeholder until calibrated. */
export function estimateTextTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** Tokens of everything in the request that the model reads. What it may answer is not counted. */
export function estimateRequestTokens(request: RoutingRequest): number {
  let tokens = request.messages.length * tokensPerMessage;
  for (const message of request.messages) tokens += estimateTextTokens(message.text);
  tokens += Math.ceil(request.structuredChars / structuredCharsPerToken);
  tokens += request.imageCount * tokensPerImage;
  tokens += (request.toolCallCount + request.toolDefinitionCount) * tokensPerTool;
  return tokens;
}
