/**
 * The words of the DSL and the keys of the configuration that stand for the same thing.
 *
 * @module
 */
import { plannedFamilies, plannedPlugins } from '../config/not-yet-available.js';
import { cacheAliases } from '../config/upgrade-v03.js';
import { pluginKinds } from '../plugins/index.js';
import { signalFamilies } from '../signals/index.js';
import { type ProjectionForm, projectionForms } from './ast.js';

const families: readonly { readonly type: string; readonly configKey: string }[] = [
  ...signalFamilies,
  ...plannedFamilies,
];

/** Types that SIGNAL takes. */
export const signalTypes: readonly string[] = families.map(({ type }) => type);

/** Plugins that a route may name, templates aside. */
export const pluginTypes: readonly string[] = [...pluginKinds.map(({ type }) => type), ...plannedPlugins];

/** Whether a plugin type is known, under its own or an older name. */
export function isPluginType(type: string): boolean {
  return pluginTypes.includes(type) || cacheAliases.includes(type);
}

/** Key under `routing.signals` of a type. */
export function configKeyOf(type: string): string | undefined {
  return families.find((family) => family.type === type)?.configKey;
}

/** Type of the signals under a key of `routing.signals`. */
export function signalTypeOf(configKey: string): string | undefined {
  return families.find((family) => family.configKey === configKey)?.type;
}

/** Keys under `routing.projections`. */
export const projectionKeys: Readonly<Record<ProjectionForm, string>> = {
  partition: 'partitions',
  score: 'scores',
  mapping: 'mappings',
};

export function projectionFormOf(configKey: string): ProjectionForm | undefined {
  return projectionForms.find((form) => projectionKeys[form] === configKey);
}

/** Short names of the options behind a model, and the keys of `modelRefs` that they stand for. */
export const referenceKeys: Readonly<Record<string, string>> = {
  reasoning: 'use_reasoning',
  effort: 'reasoning_effort',
  lora: 'lora_name',
};
