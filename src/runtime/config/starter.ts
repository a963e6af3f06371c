/**
 * The text of a first config file, for what was found on this machine: what `init` writes, and what
 * `serve` runs without a file.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Discovery, FoundModel } from '../discovery/types.js';
import { packageRoot } from '../package-root.js';
import { schemaFileName } from './json-schema.js';

/** Part that a model plays in a preset. */
export type Role = 'general' | 'strong' | 'private';

interface Preset {
  readonly summary: string;
  /** File under `templates/` with the `routing` part. */
  readonly template: string;
  readonly roles: readonly Role[];
}

export const presetNames = ['balanced', 'cost-saver', 'privacy-local', 'minimal'] as const;
export type PresetName = (typeof presetNames)[number];

export const presets: Readonly<Record<PresetName, Preset>> = {
  balanced: {
    summary: 'code, mathematics, science and long texts go to the strong model',
    template: 'balanced.yaml',
    roles: ['general', 'strong'],
  },
  'cost-saver': {
    summary: 'the cheap model answers, unless a prompt needs the strong one',
    template: 'cost-saver.yaml',
    roles: ['general', 'strong'],
  },
  'privacy-local': {
    summary: 'personal data and secrets stay on a model of your own',
    template: 'privacy-local.yaml',
    roles: ['private', 'general'],
  },
  minimal: {
    summary: 'one model for everything, to build on',
    template: 'minimal.yaml',
    roles: ['general'],
  },
};

/** A model that can be written into the file. */
export interface Candidate extends FoundModel {
  /** Unique among the candidates; used in decisions and by clients. */
  readonly name: string;
  /** Where it runs, for people. */
  readonly place: string;
  readonly local: boolean;
  /** What goes into `backend_refs`. */
  readonly backend: { readonly provider: string; readonly base_url?: string; readonly api_key_env?: string };
}

/** The built-in model, for machines where nothing was found. */
export const echoCandidate: Candidate = {
  id: 'echo',
  name: 'echo',
  billions: undefined,
  reasoningFamily: undefined,
  place: 'built in: repeats the question',
  local: true,
  backend: { provider: 'echo' },
};

/** Everything that was found as candidates: local models first, then the services by preference. */
export function candidatesFrom({ servers, keys }: Discovery): Candidate[] {
  const found: Omit<Candidate, 'name'>[] = [
    ...servers.flatMap(({ kind, label, baseUrl, models }) =>
      models.map((model) => ({
        ...model,
        place: label,
        local: true,
        backend: { provider: kind, base_url: baseUrl },
      })),
    ),
    ...keys.flatMap(({ vendor, label, env, baseUrl, small, large }) =>
      [small, large].map((model) => ({
        ...model,
        place: label,
        local: false,
        backend: { provider: vendor, base_url: baseUrl, api_key_env: env },
      })),
    ),
  ];
  const taken = new Set<string>();
  return found.map((candidate) => {
    let name = candidate.id;
    // The same model may run in several places.
    if (taken.has(name)) name = `${candidate.id}@${candidate.backend.provider}`;
    for (let n = 2; taken.has(name); n++) name = `${candidate.id}@${candidate.backend.provider}-${n}`;
    taken.add(name);
    return { ...candidate, name };
  });
}

/** A sensible model for every role of a preset. */
export function chooseModels(preset: PresetName, candidates: readonly Candidate[]): Map<Role, Candidate> {
  const local = candidates.filter((candidate) => candidate.local);
  const cloud = candidates.filter((candidate) => !candidate.local);
  // Below 3 billion parameters answers are quick and often wrong.
  const smallLocal = local.find(({ billions }) => billions === undefined || billions >= 3) ?? local.at(-1);
  const largeLocal = local.findLast(({ billions }) => billions !== undefined) ?? local.at(-1);
  const [smallCloud, largeCloud] = cloud;
  const choices: Readonly<Record<Role, Candidate | undefined>> = {
    general: preset === 'privacy-local' ? (largeCloud ?? largeLocal) : (smallLocal ?? smallCloud),
    strong: largeCloud ?? largeLocal,
    // Without a model of one's own there is nothing private to choose: the echo at least leaks nothing.
    private: largeLocal,
  };
  return new Map(presets[preset].roles.map((role) => [role, choices[role] ?? echoCandidate]));
}

export interface StarterInput {
  readonly preset: PresetName;
  readonly models: ReadonlyMap<Role, Candidate>;
  /** Further models, for clients that name one themselves. */
  readonly others?: readonly Candidate[];
  readonly port: number;
  /** Name of the file itself, for the example in its head. */
  readonly fileName: string;
}

export const defaultPort = 8899;

/** The built-in configuration: the balanced preset with every model that was found. */
export function embeddedConfig(found: Discovery): string {
  const candidates = candidatesFrom(found);
  return starterConfig({
    preset: 'balanced',
    models: chooseModels('balanced', candidates),
    others: candidates,
    port: defaultPort,
    fileName: 'config.yaml',
  });
}

/** A complete, commented config file. It names the JSON Schema {@link schemaFileName} beside it. */
export function starterConfig({ preset, models, others = [], port, fileName }: StarterInput): string {
  const listed = [...new Set([...models.values(), ...others])];
  const standard = models.get('general') ?? echoCandidate;
  return `# yaml-language-server: $schema=./${schemaFileName}
#
# Every prompt is searched for signals; of the decisions whose rules match, the one with the highest
# priority chooses the model. See why a prompt goes where it goes:
#   vllm-sr classify --config ${fileName} "Why does my Python script crash?"
# \`vllm-sr validate --strict\` checks this file; \`vllm-sr serve\` takes a change over while it runs.
version: v0.3

listeners:
  - name: http-${port}
    address: 127.0.0.1 # 0.0.0.0 lets other machines in; add api_keys then
    port: ${port}
    timeout: 300s

providers:
  defaults:
    model: ${scalar(standard.name)} # answers when no decision matches
    reasoning_effort: medium
  models:
${listed.map(modelText).join('\n')}

${routingText(preset, models)}`;
}

function modelText({ name, id, place, billions, reasoningFamily, backend }: Candidate): string {
  const size = billions === undefined ? '' : `, ${billions} billion parameters`;
  const ref = Object.entries(backend).map(([key, value]) => `${key}: ${scalar(value)}`);
  return [
    `    - name: ${scalar(name)} # ${place}${size}`,
    ...(id === name ? [] : [`      provider_model_id: ${scalar(id)}`]),
    ...(reasoningFamily === undefined ? [] : [`      reasoning: {family: ${reasoningFamily}}`]),
    '      backend_refs:',
    `        - {${ref.join(', ')}}`,
  ].join('\n');
}

function routingText(preset: PresetName, models: ReadonlyMap<Role, Candidate>): string {
  return readTemplate(presets[preset].template).replace(/\{\{(\w+)\}\}/g, (_, role: string) => {
    const candidate = [...models].find(([name]) => name === role)?.[1];
    return scalar((candidate ?? echoCandidate).name);
  });
}

/** A YAML scalar that means `text` in block and flow context. */
function scalar(text: string): string {
  const plain = /^[A-Za-z][\w./-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}

function readTemplate(name: string): string {
  return readFileSync(join(packageRoot(), 'templates', name), 'utf8');
}
