/**
 * Checks what decisions do when they match.
 *
 * @module
 */
import { canonicalDomainLabel, domainLabels } from '../signals/domain-labels.js';
import { listNames, suggestion } from '../text/suggestions.js';
import type { SignalNames } from './check-rules.js';
import type { Findings, Path } from './diagnostics.js';
import { asRecord, at, listAt, textAt } from './raw.js';

export interface ActionContext {
  readonly names: SignalNames;
  /** All decisions of the block. */
  readonly decisions: readonly unknown[];
}

/** What an action leaves without effect, and why. */
const unused: Readonly<Record<string, { readonly keys: readonly string[]; readonly because: string }>> = {
  block: { keys: ['modelRefs', 'algorithm'], because: 'no model is called for a blocked request' },
  boost: { keys: ['modelRefs', 'algorithm', 'plugins'], because: 'a boost never answers a request' },
  fallthrough: {
    keys: ['modelRefs', 'algorithm', 'plugins'],
    because: 'the next decision answers the request',
  },
};

/** Checks `action` of a decision; its form is the schema's concern. */
export function checkAction(
  decision: Readonly<Record<string, unknown>>,
  path: Path,
  context: ActionContext,
  findings: Findings,
): void {
  const action = asRecord(decision.action);
  const type = textAt(action, 'type');
  if (action === undefined || type === undefined) return;
  const idle = Object.hasOwn(unused, type) ? unused[type] : undefined;
  for (const key of idle?.keys ?? []) {
    const value = decision[key];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    findings.warning([...path, key], `\`${key}\` has no effect: ${idle?.because}`, 'remove it', 'key');
  }
  if (type === 'route' && action.destination !== undefined && listAt(decision, 'modelRefs').length > 0) {
    const message = '`modelRefs` has no effect: `action.destination` takes the request';
    findings.warning([...path, 'modelRefs'], message, 'remove one of the two', 'key');
  }
  if (type === 'boost') checkBoost(decision, [...path, 'action'], context, findings);
}

/** Checks `reasoning` of a decision: that its categories are some. */
export function checkReasoning(
  decision: Readonly<Record<string, unknown>>,
  path: Path,
  { names }: ActionContext,
  findings: Findings,
): void {
  const categories = asRecord(at(decision.reasoning, 'categories'));
  const known = [...(names.of('domain') ?? []), ...domainLabels];
  for (const category of Object.keys(categories ?? {})) {
    if (known.includes(category) || canonicalDomainLabel(category) !== undefined) continue;
    const message = `\`${category}\` is no category of the domain classifier`;
    findings.warning(
      [...path, 'reasoning', 'categories', category],
      message,
      suggestion(category, known, 'labels'),
      'key',
    );
  }
}

/** Points out weights that have no effect because not every reference has one. */
export function checkWeights(
  decision: Readonly<Record<string, unknown>>,
  path: Path,
  findings: Findings,
): void {
  const refs = listAt(decision, 'modelRefs');
  const without = refs.findIndex((ref) => at(ref, 'weight') === undefined);
  const weighted = refs.findIndex((ref) => at(ref, 'weight') !== undefined);
  if (without < 0 || weighted < 0) return;
  findings.note(
    [...path, 'modelRefs', weighted, 'weight'],
    '`weight` has no effect: `static` shares requests only if every reference has a weight',
    'give all of them one, or none',
    'key',
  );
}

function checkBoost(
  decision: Readonly<Record<string, unknown>>,
  path: Path,
  { names, decisions }: ActionContext,
  findings: Findings,
): void {
  const { action } = decision;
  if (at(action, 'weight') === 0) {
    findings.warning([...path, 'weight'], '`weight`: 0 adds nothing', 'write a number from -1 to 1');
  }
  const target = textAt(action, 'decision');
  if (target !== undefined) {
    const others = decisions.flatMap((other) => (other === decision ? [] : (textAt(other, 'name') ?? [])));
    if (target === textAt(decision, 'name')) {
      findings.error([...path, 'decision'], `decision \`${target}\` cannot boost itself`);
    } else if (!others.includes(target)) {
      findings.error([...path, 'decision'], `unknown decision \`${target}\``, suggestion(target, others));
    }
  }
  const category = textAt(action, 'category');
  const domains = names.of('domain') ?? new Set<string>();
  if (category === undefined || domains.has(category)) return;
  const label = canonicalDomainLabel(category);
  if (label !== undefined && (names.domainsImplied || names.domainOf(label) !== undefined)) return;
  const declared = domains.size === 0 ? 'no domain is declared' : `declared: ${listNames([...domains])}`;
  findings.error([...path, 'category'], `no domain signal is about \`${category}\``, declared);
}
