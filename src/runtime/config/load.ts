/**
 * Reads config files of every layout into the canonical configuration.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { isScalar } from 'yaml';
import { checkConfig } from './check.js';
import { checkAutoNames } from './check-models.js';
import { ConfigError, Findings, formatPath, type Locate, type Path, type Place } from './diagnostics.js';
import { parseToRead } from './document.js';
import { filePlaces } from './file-places.js';
import { impliedDomains } from './implied-domains.js';
import { type Environment, interpolate, type Substitutions, typedPlain } from './interpolate.js';
import { type Issue, reportIssues } from './issues.js';
import { nodeAt, toPlain } from './nodes.js';
import { autoNamesOf, normalise } from './normalise.js';
import { at, isRecord, listAt } from './raw.js';
import { routingBlocks } from './routing-blocks.js';
import { configSchema } from './schema.js';
import type { LoadedConfig, RouterConfig } from './types.js';
import { upgradeDocument } from './upgrade.js';

/**
 * Reads the text of a config file.
 *
 * @param source Name for messages.
 * @param env Variables for `${VAR}` and `api_key_env`.
 * @throws ConfigError with everything that is wrong, if anything is.
 */
export function loadConfigText(text: string, source: string, env: Environment): LoadedConfig {
  return loadWithPlaces(text, source, env).loaded;
}

/** As {@link loadConfigText}, with a way to find canonical paths in the text. It keeps all of the text in memory. */
export function loadWithPlaces(
  text: string,
  source: string,
  env: Environment,
): { readonly loaded: LoadedConfig; readonly locate: Locate } {
  const findings = new Findings();
  const parsed = parseToRead(text, findings);
  if (parsed === undefined)
    throw new ConfigError(
      source,
      findings.resolve(() => undefined),
    );
  const { root, locate, placeOf } = parsed;
  const substitutions = interpolate(root, env, findings, placeOf);
  const { reasoningFamilies, flat } = upgradeDocument(root, findings, placeOf);
  const { raw, result } = validate({ root, substitutions, flat }, findings);
  // As the file says it: the checks must not see what was filled in.
  checkConfig(toPlain(root), { env, declaredFamilies: reasoningFamilies, flat }, findings);
  if (!result.success) {
    const written = (path: Path) => substitutions.get(nodeAt(root, path).node)?.source;
    const broken = (path: Path) => substitutions.get(nodeAt(root, path).node)?.broken === true;
    const source = (path: Path) => {
      const { node, depth } = nodeAt(root, path);
      return isScalar(node) && node.type === 'PLAIN' && depth === path.length ? node.source : undefined;
    };
    const context = { schema: configSchema, raw, findings, written, source };
    const telling = result.error.issues.filter((issue) => !hasOwnCheck(issue) && !broken(pathOf(issue)));
    reportIssues(telling, context);
    // Rule trees have messages of their own; should those miss something, the schema has the last word.
    if (!findings.hasErrors) reportIssues(result.error.issues, context);
  }
  if (result.success) {
    const { auto_model_names: list, auto_model_name: further } = result.data.global.router;
    checkAutoNames(raw, autoNamesOf(list, further), findings);
  }
  const diagnostics = findings.resolve(locate);
  if (!result.success || findings.hasErrors) throw new ConfigError(source, diagnostics);
  const config = { ...normalise(result.data, env), places: filePlaces(source, env) };
  const loaded = {
    config,
    document: result.data,
    source,
    hash: hashOf(config),
    diagnostics,
    text,
    modelPlaces: placesOf(config, locate),
  };
  return { loaded, locate };
}

interface Validation {
  readonly root: unknown;
  readonly substitutions: Substitutions;
  readonly flat: boolean;
}

function validate({ root, substitutions, flat }: Validation, findings: Findings) {
  let raw = prepare(toPlain(root), flat);
  let result = configSchema.safeParse(raw);
  if (result.success) return { raw, result };
  let changed = false;
  for (const issue of result.error.issues) {
    const expected = expectedBy(issue);
    if (expected.length === 0) continue;
    const path = pathOf(issue);
    const { node, depth } = nodeAt(root, path);
    if (!isScalar(node) || depth < path.length) continue;
    const substitution = substitutions.get(node);
    const typed = substitution?.broken === false ? typedPlain(substitution.text) : undefined;
    if (expected.some((type) => type === typeof typed)) {
      // Inside braces a variable needs quotes, which then say nothing about its type.
      node.value = typed;
    } else if (expected.includes('string')) {
      // A variable that looks like a number or a truth value where text is wanted was text all along.
      if (substitution === undefined || substitution.broken) continue;
      node.value = substitution.text;
    } else if (expected.includes('boolean') && node.type === 'PLAIN') {
      const meant = typeof node.value === 'string' ? oldBooleans.get(node.value.toLowerCase()) : undefined;
      if (meant === undefined) continue;
      findings.note(path, `\`${node.value}\` is read as \`${meant}\``, `write \`${meant}\` instead`);
      node.value = meant;
    } else continue;
    changed = true;
  }
  if (changed) {
    raw = prepare(toPlain(root), flat);
    result = configSchema.safeParse(raw);
  }
  return { raw, result };
}

/** Types of plain values that would have been right in place of the one that was found; none if that is not the point. */
function expectedBy(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_type') return [issue.expected === 'int' ? 'number' : issue.expected];
  if (issue.code !== 'invalid_union') return [];
  return issue.errors.flatMap((branch) =>
    branch.flatMap((inner) => (inner.path.length === 0 ? expectedBy(inner) : [])),
  );
}

/** Truth values of YAML 1.1, which the tools of older releases read. */
const oldBooleans: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['no', false],
  ['off', false],
]);

function pathOf(issue: Issue): Path {
  return issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
}

/** Rule trees and durations are explained better by the checks. */
function hasOwnCheck(issue: Issue): boolean {
  if (issue.path[0] === 'listeners') return issue.path[2] === 'timeout';
  // In a recipe the same path stands below `recipes` and its index.
  const [first, second, third, fourth] = issue.path[0] === 'recipes' ? issue.path.slice(2) : issue.path;
  return first === 'routing' && second === 'decisions' && third !== undefined && fourth === 'rules';
}

/** Fills in what the file implies, on its plain values. */
function prepare(raw: unknown, flat: boolean): unknown {
  const threshold = at(raw, 'global', 'model_catalog', 'modules', 'classifier', 'domain', 'threshold');
  for (const { block, path } of routingBlocks(raw)) {
    for (const decision of listAt(block, 'decisions')) tidyRule(at(decision, 'rules'));
    for (const rule of listAt(block, 'signals', 'complexity')) tidyRule(at(rule, 'composer'));
    for (const score of listAt(block, 'projections', 'scores')) listAt(score, 'inputs').forEach(tidyRule);
    const domains = listAt(block, 'signals', 'domains');
    if (typeof threshold === 'number') {
      for (const domain of domains) {
        if (isRecord(domain)) domain.threshold ??= threshold;
      }
    }
    if (domains.length === 0 || (flat && path.length === 1)) declareDomains(block, threshold);
  }
  return raw;
}

/** Signal types are read in any case. */
function tidyRule(rule: unknown): void {
  if (!isRecord(rule)) return;
  if (typeof rule.type === 'string') rule.type = rule.type.toLowerCase();
  for (const child of listAt(rule, 'conditions')) tidyRule(child);
}

/** Labels that conditions name and nobody declared are domains of their own. */
function declareDomains(routing: unknown, threshold: unknown): void {
  if (!isRecord(routing)) return;
  const declared = impliedDomains(routing).map((domain) => ({
    ...domain,
    ...(typeof threshold === 'number' && { threshold }),
  }));
  if (declared.length === 0) return;
  const signals = at(routing, 'signals');
  if (signals === undefined) routing.signals = { domains: declared };
  else if (isRecord(signals)) signals.domains = [...listAt(routing, 'signals', 'domains'), ...declared];
}

/** Whether the models are there is seen later, when the text is gone. */
function placesOf({ modelCatalog }: RouterConfig, locate: Locate): ReadonlyMap<string, Place> {
  return new Map(
    modelCatalog.requests.flatMap(({ path }) => {
      const place = locate(path, 'value');
      return place === undefined ? [] : [[formatPath(path), place]];
    }),
  );
}

/** SHA-256 of the configuration, without what merely follows from the machine. */
function hashOf(config: RouterConfig): string {
  const { inference: _inference, places: _places, ...rest } = config;
  return createHash('sha256').update(sortedJson(rest)).digest('hex');
}

/** JSON with the keys of every mapping in order. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const inner = value[key];
    if (inner !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${sortedJson(inner)}`;
  }
  return `{${text}}`;
}
