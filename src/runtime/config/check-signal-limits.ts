/**
 * Checks that limits of signals name families and rules that exist.
 *
 * @module
 */
import { signalFamilies } from '../signals/index.js';
import { suggestion } from '../text/suggestions.js';
import type { SignalNames } from './check-rules.js';
import type { Findings, Path } from './diagnostics.js';
import { at, isRecord } from './raw.js';

const base: Path = ['global', 'router', 'signals'];

export function checkSignalLimits(raw: unknown, names: SignalNames, findings: Findings): void {
  const limits = at(raw, 'global', 'router', 'signals');
  for (const [type, own] of entriesOf(at(limits, 'families'))) {
    const path = [...base, 'families', type];
    if (!names.types.includes(type)) {
      findings.error(path, `unknown signal type \`${type}\``, suggestion(type, names.types), 'key');
    } else checkCut(type, own, path, findings);
  }
  for (const [key, own] of entriesOf(at(limits, 'rules'))) {
    const path = [...base, 'rules', key];
    const colon = key.indexOf(':');
    const type = key.slice(0, Math.max(0, colon));
    const known = names.of(type);
    if (colon < 0 || known === undefined) {
      const hint = 'write the condition type, a colon and the name, e.g. `jailbreak:strict`';
      findings.error(path, `\`rules\`: found \`${key}\`; expected \`type:name\``, hint, 'key');
    } else if (!hasRule(known, type, key.slice(colon + 1))) {
      const name = key.slice(colon + 1);
      // A recipe may have it: limits are common to all of them.
      findings.warning(path, `unknown ${type} signal \`${name}\``, suggestion(name, known), 'key');
    } else checkCut(type, own, path, findings);
  }
}

/** A domain needs no declaration, and a level of complexity stands behind the name of its rule. */
function hasRule(known: ReadonlySet<string>, type: string, name: string): boolean {
  return known.has(name) || type === 'domain' || known.has(name.replace(/:(?:hard|medium|easy)$/, ''));
}

function checkCut(type: string, own: unknown, path: Path, findings: Findings): void {
  const family = signalFamilies.find((candidate) => candidate.type === type);
  if (family?.cost !== 'free' || at(own, 'deadline_ms') === undefined) return;
  const message = `\`deadline_ms\` has no effect: \`${type}\` signals take microseconds and are never cut`;
  findings.warning([...path, 'deadline_ms'], message, undefined, 'key');
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}
