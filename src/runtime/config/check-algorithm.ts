/**
 * Checks how a decision chooses among its models: settings of algorithms that do not run yet, and what happens
 * instead.
 *
 * @module
 */
import { nearestName, suggestion } from '../text/suggestions.js';
import type { Findings, Path } from './diagnostics.js';
import { builtAlgorithms, plannedAlgorithms } from './not-yet-available.js';
import { algorithmsToCome, type Setting, type Settings } from './planned-algorithms.js';
import { at, isRecord, listAt, show, textAt } from './raw.js';

const algorithmFields: readonly string[] = ['type', 'on_error', 'minimum_candidates'];
const algorithms: readonly string[] = [...builtAlgorithms, ...plannedAlgorithms];

/** An algorithm's settings stand in a block of its name. Its `type` is the schema's concern. */
export function checkAlgorithm(
  decision: Readonly<Record<string, unknown>>,
  decisionPath: Path,
  findings: Findings,
): void {
  const { algorithm } = decision;
  const path = [...decisionPath, 'algorithm'];
  const type = textAt(algorithm, 'type');
  if (!isRecord(algorithm) || type === undefined || !algorithms.includes(type)) return;
  const planned = plannedAlgorithms.find((name) => name === type);
  const about = planned === undefined ? undefined : algorithmsToCome[planned];
  for (const key of Object.keys(algorithm)) {
    if (algorithmFields.includes(key)) continue;
    if (key === type) checkBlock(type, about?.settings, algorithm[key], [...path, key], findings);
    else checkForeign(type, key, about?.settings, path, findings);
  }
  if (about === undefined) {
    for (const key of algorithmFields.slice(1)) {
      if (algorithm[key] === undefined) continue;
      findings.warning([...path, key], `\`${key}\` has no effect: algorithm \`${type}\` takes no settings`);
    }
    return;
  }
  const calls = about.does === 'calls' ? ', and no other is asked' : '';
  findings.warning(
    [...path, 'type'],
    `algorithm \`${type}\` is not available in this version: ${whoAnswers(decision)}${calls}`,
    `available: ${builtAlgorithms.join(', ')}`,
  );
}

/** What `static`, which stands in for all of them, makes of the references. */
function whoAnswers(decision: Readonly<Record<string, unknown>>): string {
  const refs = listAt(decision, 'modelRefs');
  if (refs.length === 0) return 'the decision names no model';
  const weights = refs.map((ref) => at(ref, 'weight'));
  const shared = refs.length > 1 && !weights.includes(undefined) && weights.some((weight) => weight !== 0);
  return shared
    ? 'the conversations are shared among `modelRefs` by `weight`'
    : 'the first of `modelRefs` is used';
}

function checkForeign(
  type: string,
  key: string,
  settings: Settings | undefined,
  path: Path,
  findings: Findings,
): void {
  if (algorithms.includes(key)) {
    const message = `block \`${key}\` does not belong to algorithm \`${type}\``;
    findings.error([...path, key], message, `remove it, or write \`type: ${key}\``, 'key');
    return;
  }
  const hint = Object.hasOwn(settings ?? {}, key)
    ? `write it one level deeper, under \`${type}\``
    : suggestion(key, settings === undefined ? algorithmFields : [type, ...algorithmFields]);
  findings.error([...path, key], `unknown key \`${key}\` in \`algorithm\``, hint, 'key');
}

function checkBlock(
  type: string,
  settings: Settings | undefined,
  value: unknown,
  path: Path,
  findings: Findings,
): void {
  if (settings !== undefined) {
    checkSettings(value, settings, type, path, findings);
    return;
  }
  if (value === null || (isRecord(value) && Object.keys(value).length === 0)) return;
  findings.warning(
    path,
    `\`${type}\` is not read: algorithm \`${type}\` takes no settings here`,
    undefined,
    'key',
  );
}

/** Settings that are no slip and that we do not know may be those of another release: they are told, not refused. */
function checkSettings(
  value: unknown,
  settings: Settings,
  holder: string,
  path: Path,
  findings: Findings,
): void {
  if (value === null) return;
  if (!isRecord(value)) {
    findings.error(path, `\`${holder}\`: found ${show(value)}; expected a mapping`);
    return;
  }
  for (const [key, given] of Object.entries(value)) {
    const place = [...path, key];
    const setting = Object.hasOwn(settings, key) ? settings[key] : undefined;
    if (setting !== undefined) {
      checkSetting(given, setting, key, place, findings);
      continue;
    }
    const message = `unknown key \`${key}\` in \`${holder}\``;
    const near = nearestName(key, Object.keys(settings));
    if (near !== undefined) findings.error(place, message, `did you mean \`${near}\`?`, 'key');
    else findings.warning(place, message, suggestion(key, Object.keys(settings)), 'key');
  }
}

function checkSetting(value: unknown, setting: Setting, key: string, path: Path, findings: Findings): void {
  if (setting.kind === 'block') {
    checkSettings(value, setting.settings, key, path, findings);
    return;
  }
  if (setting.kind === 'choice') {
    const chosen = typeof value === 'string' ? value : '';
    if (setting.choices.includes(chosen)) return;
    findings.error(path, `\`${key}\`: found ${show(value)}`, suggestion(chosen, setting.choices));
    return;
  }
  const expected = expectedOf(value, setting);
  if (expected !== undefined) findings.error(path, `\`${key}\`: found ${show(value)}; ${expected}`);
}

/** What should stand there; undefined if it does. */
function expectedOf(
  value: unknown,
  setting: Exclude<Setting, { kind: 'block' | 'choice' }>,
): string | undefined {
  switch (setting.kind) {
    case 'number': {
      const { least, most } = setting;
      if (typeof value !== 'number') return 'expected a number';
      if (value >= least && value <= most) return undefined;
      return most === Number.POSITIVE_INFINITY
        ? `must be at least ${least}`
        : `must be from ${least} to ${most}`;
    }
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'expected true or false';
    case 'text':
      return typeof value === 'string' ? undefined : 'expected text';
    case 'list':
      return Array.isArray(value) ? undefined : 'expected a list';
  }
}
