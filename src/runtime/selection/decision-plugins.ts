/**
 * The plugins of a decision, ready to run.
 *
 * @module
 */
import type { Decision } from '../config/types.js';
import { pluginKinds } from '../plugins/index.js';
import type { CompiledPlugin } from '../plugins/types.js';

/** A decision's plugins by whom they concern. */
export interface DecisionPlugins {
  readonly auto: readonly CompiledPlugin[];
  readonly explicit: readonly CompiledPlugin[];
  /** Types that this build cannot run. */
  readonly unavailable: readonly string[];
}

export const noPlugins: DecisionPlugins = { auto: [], explicit: [], unavailable: [] };

export function compilePlugins(decision: Decision): DecisionPlugins {
  const specs = new Map(decision.plugins.map((plugin) => [plugin.type, plugin.configuration]));
  const auto: CompiledPlugin[] = [];
  const explicit: CompiledPlugin[] = [];
  for (const kind of pluginKinds) {
    if (!specs.has(kind.type)) continue;
    const compiled = kind.compile(kind.schema.parse(specs.get(kind.type)));
    if (compiled === undefined) continue;
    auto.push(compiled);
    if (kind.scope === 'all') explicit.push(compiled);
  }
  const known = new Set(pluginKinds.map((kind) => kind.type));
  return { auto, explicit, unavailable: [...specs.keys()].filter((type) => !known.has(type)) };
}
