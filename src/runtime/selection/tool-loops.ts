/**
 * Keeps the model during a tool loop: a model that called tools reads their results itself. Another one in
 * the middle would have to continue a thought that it never had.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { RoutingRequest } from '../apis/types.js';
import type { ModelRef, StickinessSettings } from '../config/types.js';
import type { UpstreamModel } from '../providers/types.js';
import { isToolLoopActive } from '../signals/conversation-shape.js';
import type { MessageView } from '../signals/types.js';
import { untilAssistant } from './conversation.js';
import type { Reasoning } from './reasoning.js';
import type { Plan, Target } from './types.js';

/** What began a loop. */
interface Pin {
  readonly model: string;
  readonly modelRef: ModelRef | undefined;
  readonly reasoning: Reasoning | undefined;
}

/** Models of the tool loops under way. Survives reloads; a model that is gone is not kept. */
export class ToolLoops {
  #pins: LRUCache<string, Pin> | undefined;

  /**
   * The plan, with the model that began the loop if the request continues one. Remembers the model of
   * requests that offer or use tools.
   *
   * @param models Models of the configuration in force.
   * @param session What the client calls its session, if anything.
   */
  follow(
    plan: Plan,
    request: RoutingRequest,
    session: string | undefined,
    models: readonly UpstreamModel[],
    settings: StickinessSettings,
  ): Plan {
    if (!settings.enabled || plan.kind !== 'auto' || plan.block !== undefined) return plan;
    if (request.toolDefinitionCount === 0 && request.toolCallCount === 0) return plan;
    const pins = this.#pinsFor(settings);
    const { messages } = request;
    const scope = `${request.identity?.userId ?? ''}\u0000${request.model}`;
    const keyOf = (end: number) =>
      session === undefined
        ? hashOf(scope, end < 0 ? untilAssistant(messages) : messages.slice(0, end + 1))
        : hashOf(`${scope}\u0000${session}`, []);
    const active = isToolLoopActive(messages);
    const pin = active ? pins.get(keyOf(beginOf(messages))) : undefined;
    const followed = pin === undefined ? plan : pinned(plan, pin, models);
    if (followed.target !== undefined) {
      const kept = followed === plan || pin === undefined ? pinOf(plan, followed.target) : pin;
      const options = { ttl: settings.ttlMs };
      pins.set(keyOf(lastUser(messages)), kept, options);
      if (active) pins.set(keyOf(beginOf(messages)), kept, options);
    }
    return followed;
  }

  #pinsFor({ maxSessions, ttlMs }: StickinessSettings): LRUCache<string, Pin> {
    if (this.#pins?.max !== maxSessions) this.#pins = new LRUCache({ max: maxSessions, ttl: ttlMs });
    return this.#pins;
  }
}

function pinOf({ modelRef, reasoning }: Plan, target: Target): Pin {
  return { model: target.model.name, modelRef, reasoning };
}

function pinned(plan: Plan, pin: Pin, models: readonly UpstreamModel[]): Plan {
  const model = models.find(({ name }) => name === pin.model);
  const lora = pin.modelRef?.loraName;
  if (model === undefined || (lora !== undefined && !model.loras.includes(lora))) return plan;
  const upstreamModelId = lora ?? model.upstreamId;
  const chosen = plan.target;
  if (chosen?.model.name === model.name && chosen.upstreamModelId === upstreamModelId) return plan;
  const instead = chosen === undefined ? 'nothing' : `\`${chosen.model.name}\``;
  return {
    ...plan,
    target: { model, upstreamModelId },
    modelRef: pin.modelRef,
    reasoning: pin.reasoning,
    sticky: true,
    reason: `it began this tool loop; on its own the request would have gone to ${instead}`,
  };
}

/** Index of the user's message that the latest tool calls answer; -1 if there is none. */
function beginOf(messages: readonly MessageView[]): number {
  const call = messages.findLastIndex(({ role, toolCalls = 0 }) => role === 'assistant' && toolCalls > 0);
  return lastUser(call < 0 ? messages : messages.slice(0, call));
}

function lastUser(messages: readonly MessageView[]): number {
  return messages.findLastIndex(({ role }) => role === 'user');
}

function hashOf(scope: string, messages: readonly MessageView[]): string {
  const hash = createHash('sha256').update(scope);
  for (const { role, text, toolCalls = 0 } of messages)
    hash.update(`\u0000${role}\u0000${toolCalls}\u0000${text}`);
  return hash.digest('base64');
}
