/**
 * The built-in configuration for what is found on this machine.
 *
 * @module
 */
import type { LoadedConfig } from '../../runtime/config/types.js';
import type { CommandContext } from '../command.js';

export interface DefaultConfig {
  readonly loaded: LoadedConfig;
  /** What it routes to, for people: `Ollama at …, OPENAI_API_KEY`. */
  readonly found: string;
}

/** What messages and `LoadedConfig.source` call it. */
export const embeddedSource = '<embedded>';

/** Looks for local servers and keys, and loads the built-in configuration for them. */
export async function loadDefaultConfig(context: CommandContext): Promise<DefaultConfig> {
  const [{ discover }, { embeddedConfig }, { loadConfigText }] = await Promise.all([
    import('../../runtime/discovery/discover.js'),
    import('../../runtime/config/starter.js'),
    import('../../runtime/config/load.js'),
  ]);
  const discovery = await discover({ env: context.env, signal: context.signal });
  const loaded = loadConfigText(embeddedConfig(discovery), embeddedSource, context.env);
  const places = [
    ...discovery.servers.map(({ label, baseUrl }) => `${label} at ${baseUrl}`),
    ...discovery.keys.map(({ label, env }) => `${label} (${env})`),
  ];
  const nothing = 'the built-in echo model, because no model server answers here and no API key is set';
  return { loaded, found: places.length === 0 ? nothing : places.join(', ') };
}
