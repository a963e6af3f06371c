/**
 * Checks across fields: what the schema of a single field cannot see.
 *
 * @module
 */
import { pluginKinds } from '../plugins/index.js';
import { signalFamilies } from '../signals/index.js';
import { checkIdentity } from './check-identity.js';
import { checkModelCatalog } from './check-model-catalog.js';
import { checkModels, type ModelContext } from './check-models.js';
import {
  checkAlgorithm,
  checkGlobal,
  checkPlannedRules,
  checkThresholds,
  warnPlanned,
} from './check-planned.js';
import { checkRule, SignalNames } from './check-rules.js';
import { type Findings, formatPath, type Path } from './diagnostics.js';
import { isUsableDuration, parseDuration } from './duration.js';
import {
  plannedDecision,
  plannedFamilies,
  plannedPlugins,
  plannedRoot,
  plannedRouting,
} from './not-yet-available.js';
import { at, isRecord, listAt, plainText, show, textAt } from './raw.js';

export interface CheckContext extends ModelContext {
  /** Whether the file had the layout of v0.1 and v0.2. */
  readonly flat: boolean;
}

/** Checks `raw`, the plain values of a canonical file. Never throws, whatever `raw` is. */
export function checkConfig(raw: unknown, context: CheckContext, findings: Findings): void {
  checkListeners(raw, findings);
  checkIdentity(raw, context.env, findings);
  checkModels(raw, context, findings);
  checkSignals(raw, findings);
  checkDecisions(raw, context.flat, findings);
  checkDuplicates(listAt(raw, 'providers', 'models'), ['providers', 'models'], 'model', findings);
  checkDuplicates(listAt(raw, 'routing', 'modelCards'), ['routing', 'modelCards'], 'model card', findings);
  warnPlanned(raw, [], plannedRoot, findings);
  warnPlanned(at(raw, 'routing'), ['routing'], plannedRouting, findings);
  checkGlobal(raw, findings);
  checkModelCatalog(raw, findings);
}

function checkDuplicates(items: readonly unknown[], path: Path, what: string, findings: Findings): void {
  const seen = new Map<string, number>();
  items.forEach((item, index) => {
    const name = textAt(item, 'name');
    if (name === undefined) return;
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else {
      findings.error(
        [...path, index, 'name'],
        `${what} \`${name}\` is declared twice`,
        `entry ${first + 1} has the same name; rename one of them`,
      );
    }
  });
}

function checkListeners(raw: unknown, findings: Findings): void {
  const listeners = listAt(raw, 'listeners');
  if (at(raw, 'listeners') === undefined) {
    findings.note(['listeners'], 'no listeners are given: listening on 127.0.0.1:8899', undefined, 'key');
  } else if (Array.isArray(at(raw, 'listeners')) && listeners.length === 0) {
    findings.error(['listeners'], 'the list of listeners is empty', 'add one, or leave `listeners` out');
  }
  const management = at(raw, 'global', 'services', 'management_api');
  const managed = {
    address: textAt(management, 'bind_address') ?? '127.0.0.1',
    port: at(management, 'port') ?? 8080,
  };
  const seen: { address: string; port: unknown }[] = [];
  listeners.forEach((listener, index) => {
    if (!isRecord(listener)) return;
    const place = { address: textAt(listener, 'address') ?? '0.0.0.0', port: listener.port };
    const path = ['listeners', index, 'port'];
    const first = seen.findIndex((other) => overlap(other, place));
    if (first >= 0) {
      const message = `two listeners use ${place.address}:${plainText(place.port)}`;
      findings.error(path, message, `entry ${first + 1} has it already; change the port of one of them`);
    }
    seen.push(place);
    if (overlap(place, managed)) {
      const message = `the listener uses ${place.address}:${plainText(place.port)}, which is the management port`;
      const hint = 'change one of them; the management port is `global.services.management_api.port`';
      // One on every address still leaves the choice to the command line.
      if (place.address === managed.address) findings.error(path, message, hint);
      else findings.warning(path, message, hint);
    }
    const timeout = listener.timeout;
    if (timeout === undefined) return;
    const hint = 'write a number with a unit: `300s`, `5m`, `1500ms`, `2h`';
    const milliseconds = parseDuration(plainText(timeout));
    if (milliseconds === undefined) {
      findings.error(['listeners', index, 'timeout'], `\`timeout\`: found ${show(timeout)}`, hint);
    } else if (!isUsableDuration(milliseconds)) {
      findings.error(
        ['listeners', index, 'timeout'],
        `\`timeout\`: ${show(timeout)} is out of range`,
        'allowed: 1ms to 596h',
      );
    }
  });
}

/** Addresses that stand for all of a machine. */
const everywhere: readonly string[] = ['0.0.0.0', '::', '[::]'];

function overlap(
  a: { readonly address: string; readonly port: unknown },
  b: { readonly address: string; readonly port: unknown },
): boolean {
  if (typeof a.port !== 'number' || a.port !== b.port) return false;
  return a.address === b.address || everywhere.includes(a.address) || everywhere.includes(b.address);
}

function checkSignals(raw: unknown, findings: Findings): void {
  for (const { type, configKey } of [...signalFamilies, ...plannedFamilies]) {
    const path = ['routing', 'signals', configKey];
    checkDuplicates(listAt(raw, ...path), path, `${type} signal`, findings);
  }
  for (const family of signalFamilies) {
    const { type } = family;
    const path = ['routing', 'signals', family.configKey];
    const rules: { readonly name: string }[] = [];
    const items = listAt(raw, ...path);
    for (const item of items) {
      const parsed = family.schema.safeParse(item);
      if (parsed.success) rules.push(parsed.data);
    }
    // The family's own checks may rely on every rule being well-formed.
    if (rules.length !== items.length || rules.length === 0) continue;
    family.check?.(rules, (index, inner, message, severity = 'error') => {
      const field =
        inner.length === 0 ? `${type} signal \`${rules[index]?.name}\`` : `\`${formatPath(inner)}\``;
      findings[severity]([...path, index, ...inner], `${field}: ${message.replace(/\.$/, '')}`);
    });
  }
  checkPlannedRules(raw, findings);
}

function checkDecisions(raw: unknown, flat: boolean, findings: Findings): void {
  const decisions = listAt(raw, 'routing', 'decisions');
  const names = new SignalNames(raw, flat);
  checkDuplicates(decisions, ['routing', 'decisions'], 'decision', findings);
  decisions.forEach((decision, index) => {
    if (!isRecord(decision)) return;
    const path: Path = ['routing', 'decisions', index];
    const name = textAt(decision, 'name') ?? `#${index + 1}`;
    if (decision.rules !== undefined) checkRule(decision.rules, [...path, 'rules'], names, findings);
    warnPlanned(decision, path, plannedDecision, findings);
    checkPlugins(decision, path, findings);
    const answersItself = listAt(decision, 'plugins').some(
      (plugin) => textAt(plugin, 'type') === 'fast_response',
    );
    if (listAt(decision, 'modelRefs').length === 0 && !answersItself) {
      findings.warning(
        path,
        `decision \`${name}\` names no model: the default model answers`,
        'add `modelRefs: [{model: …}]`',
      );
    }
    checkAlgorithm(decision.algorithm, [...path, 'algorithm'], findings);
  });
}

function checkPlugins(decision: unknown, path: Path, findings: Findings): void {
  const seen = new Set<string>();
  listAt(decision, 'plugins').forEach((plugin, index) => {
    const type = textAt(plugin, 'type');
    if (type === undefined) return;
    const place = [...path, 'plugins', index, 'type'];
    if (seen.has(type)) {
      findings.error(place, `plugin \`${type}\` is given twice in one decision`, 'merge the two');
    }
    seen.add(type);
    if (!plannedPlugins.includes(type)) return;
    checkThresholds(at(plugin, 'configuration'), [...path, 'plugins', index, 'configuration'], findings);
    if (at(plugin, 'configuration', 'enabled') === false) return;
    findings.warning(
      place,
      `plugin \`${type}\` is not available in this version: it does nothing`,
      `available: ${pluginKinds.map((kind) => kind.type).join(', ')}`,
    );
  });
}
