/**
 * What a model's name and its server's listing tell about it.
 *
 * @module
 */
import type { FoundModel } from './types.js';

const notForChat =
  /embed|rerank|whisper|(?:^|[/_-])(?:bge|gte|e5|all-minilm|clip|tts|colbert)(?:[:/_.-]|$)|minilm|moderation/i;

/** Whether a name looks like a model that answers chats, not one for embeddings, ranking or speech. */
export function isChatModel(id: string): boolean {
  return !notForChat.test(id);
}

/**
 * Billions of parameters in a name such as `qwen3:8b`, `Llama-3.3-70B-Instruct`, `mixtral:8x7b` or
 * `qwen3-30b-a3b` (the total counts). Also reads sizes such as `8.0B` and `137M`.
 */
export function billionsOf(text: string): number | undefined {
  const found = /(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])/i.exec(text);
  if (found === null) return undefined;
  const size = Number(found[2]) * Number(found[1] ?? 1);
  return found[3]?.toLowerCase() === 'm' ? size / 1000 : size;
}

const families: readonly (readonly [pattern: RegExp, family: string])[] = [
  [/gpt-?oss/i, 'gpt-oss'],
  // Later editions come as separate instruct and thinking models, which have no switch.
  [/qwen-?3(?![.\d])(?!.*(?:2507|coder|next|instruct))/i, 'qwen3'],
  [/deepseek-?v3\.[1-9]/i, 'deepseek'],
];

/** Reasoning family of a self-hosted model by its name. */
export function reasoningFamilyOf(id: string): string | undefined {
  return families.find(([pattern]) => pattern.test(id))?.[1];
}

/** Smallest first; models of unknown size last, in the given order. */
export function bySize(models: readonly FoundModel[]): FoundModel[] {
  const size = ({ billions }: FoundModel) => billions ?? Number.POSITIVE_INFINITY;
  // Equal sizes (infinite ones too) compare as NaN or 0; both keep the order.
  return [...models].sort((a, b) => size(a) - size(b) || 0);
}
