/**
 * Checks across fields: what the schema of a single field cannot see.
 *
 * @module
 */
import { checkDuplicates } from './check-duplicates.js';
import { checkIdentity } from './check-identity.js';
import { checkKnowledge } from './check-knowledge.js';
import { checkManagement } from './check-management.js';
import { checkModelCatalog } from './check-model-catalog.js';
import { checkModels, type ModelContext } from './check-models.js';
import { checkGlobal, warnPlanned } from './check-planned.js';
import { checkRecipes } from './check-recipes.js';
import { checkRemote, hasCategoryServers } from './check-remote.js';
import { checkRouting } from './check-routing.js';
import { SignalNames } from './check-rules.js';
import { checkSignalLimits } from './check-signal-limits.js';
import type { Findings } from './diagnostics.js';
import { isUsableDuration, parseDuration } from './duration.js';
import { plannedRoot, plannedRouting } from './not-yet-available.js';
import { at, isRecord, listAt, plainText, show, textAt } from './raw.js';
import { routingBlocks } from './routing-blocks.js';

export interface CheckContext extends ModelContext {
  /** Whether the file had the layout of v0.1 and v0.2. */
  readonly flat: boolean;
}

/** Checks `raw`, the plain values of a canonical file. Never throws, whatever `raw` is. */
export function checkConfig(raw: unknown, context: CheckContext, findings: Findings): void {
  checkListeners(raw, findings);
  checkIdentity(raw, context.env, findings);
  checkManagement(raw, context.env, findings);
  checkModels(raw, context, findings);
  const openDomains = hasCategoryServers(raw);
  for (const { block, path } of routingBlocks(raw)) {
    checkRouting({ block, path, flat: context.flat && path.length === 1, openDomains }, findings);
    warnPlanned(block, path, plannedRouting, findings);
  }
  checkRecipes(raw, findings);
  checkSignalLimits(raw, new SignalNames(at(raw, 'routing'), context.flat), findings);
  checkDuplicates(listAt(raw, 'providers', 'models'), ['providers', 'models'], 'model', findings);
  checkDuplicates(listAt(raw, 'routing', 'modelCards'), ['routing', 'modelCards'], 'model card', findings);
  warnPlanned(raw, [], plannedRoot, findings);
  checkGlobal(raw, findings);
  checkModelCatalog(raw, findings);
  checkRemote(raw, context.env, findings);
  checkKnowledge(raw, findings);
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
