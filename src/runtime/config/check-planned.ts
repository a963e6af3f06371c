/**
 * Checks what the configuration language knows and this version does not do: it is accepted, a warning
 * says what will not happen, and values that could never be right are errors all the same.
 *
 * @module
 */
import { nearestName } from '../text/suggestions.js';
import type { Findings, Path } from './diagnostics.js';
import { type Consequence, knownGlobals, plannedFamilies, readGlobals } from './not-yet-available.js';
import { at, isRecord, listAt, show } from './raw.js';

export function warnPlanned(
  holder: unknown,
  path: Path,
  planned: readonly Consequence[],
  findings: Findings,
): void {
  for (const [key, consequence] of planned) {
    if (at(holder, key) === undefined) continue;
    const message = `\`${key}\` is not available in this version: ${consequence}`;
    findings.warning([...path, key], message, undefined, 'key');
  }
}

/** Rules of signal families that are not built. */
export function checkPlannedRules(block: unknown, base: Path, findings: Findings): void {
  for (const { type, configKey } of plannedFamilies) {
    const path = [...base, 'signals', configKey];
    const rules = listAt(block, 'signals', configKey);
    if (rules.length === 0) continue;
    findings.warning(
      path,
      `signal family \`${type}\` is not available in this version: its rules report \`unavailable\` and never match`,
      undefined,
      'key',
    );
    rules.forEach((rule, index) => {
      checkThresholds(rule, [...path, index], findings);
    });
  }
}

/** Probabilities and similarities directly below `holder`. */
export function checkThresholds(holder: unknown, path: Path, findings: Findings): void {
  if (!isRecord(holder)) return;
  for (const [key, value] of Object.entries(holder)) {
    if (!/(?:^|_)threshold$/.test(key)) continue;
    if (typeof value !== 'number') {
      findings.error([...path, key], `\`${key}\`: found ${show(value)}; expected a number from 0 to 1`);
    } else if (!(value >= 0 && value <= 1)) {
      findings.error([...path, key], `\`${key}\`: found ${show(value)}; must be from 0 to 1`);
    }
  }
}

export function checkGlobal(raw: unknown, findings: Findings): void {
  for (const [section, read] of Object.entries(readGlobals)) {
    const block = at(raw, 'global', section);
    if (!isRecord(block)) continue;
    const known = [...read, ...(knownGlobals[section] ?? [])];
    for (const key of Object.keys(block)) {
      if (read.includes(key)) continue;
      const path = ['global', section, key];
      const near = known.includes(key) ? undefined : nearestName(key, known);
      if (near !== undefined) {
        const message = `unknown key \`${key}\` in \`global.${section}\``;
        findings.error(path, message, `did you mean \`${near}\`?`, 'key');
        continue;
      }
      const message = `\`global.${section}.${key}\` is not available in this version and not read`;
      findings.warning(path, message, undefined, 'key');
    }
  }
}
