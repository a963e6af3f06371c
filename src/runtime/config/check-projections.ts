/**
 * Checks projections: that what they refer to exists, and that no score depends on itself.
 *
 * @module
 */
import { metricType, projectionType } from '../decision/projections/types.js';
import { canonicalDomainLabel } from '../signals/domain-labels.js';
import { predicateProblem, predicateSchema } from '../signals/predicate.js';
import { suggestion } from '../text/suggestions.js';
import { checkDuplicates } from './check-duplicates.js';
import type { SignalNames } from './check-rules.js';
import type { Findings, Path } from './diagnostics.js';
import { isRecord, listAt, textAt } from './raw.js';
import type { RoutingBlock } from './routing-blocks.js';

export function checkProjections(
  { block, path }: RoutingBlock,
  names: SignalNames,
  findings: Findings,
): void {
  const base: Path = [...path, 'projections'];
  const partitions = listAt(block, 'projections', 'partitions');
  const scores = listAt(block, 'projections', 'scores');
  const mappings = listAt(block, 'projections', 'mappings');
  checkDuplicates(partitions, [...base, 'partitions'], 'partition', findings);
  checkDuplicates(scores, [...base, 'scores'], 'score', findings);
  checkDuplicates(mappings, [...base, 'mappings'], 'mapping', findings);
  checkPartitions(partitions, [...base, 'partitions'], names, findings);
  const graph = new ScoreGraph(scores, mappings);
  scores.forEach((score, index) => {
    checkInputs(score, [...base, 'scores', index], { names, graph }, findings);
  });
  checkMappings(mappings, [...base, 'mappings'], graph, findings);
  const circle = graph.circle();
  if (circle !== undefined) {
    const index = scores.findIndex((score) => textAt(score, 'name') === circle[0]);
    const message = `score \`${circle[0]}\` depends on itself: ${circle.join(' → ')}`;
    findings.error([...base, 'scores', index, 'inputs'], message, 'remove one of these inputs');
  }
}

function checkPartitions(
  partitions: readonly unknown[],
  base: Path,
  names: SignalNames,
  findings: Findings,
): void {
  const domains = names.of('domain') ?? new Set<string>();
  const embeddings = names.of('embedding') ?? new Set<string>();
  const holders = new Map<string, string>();
  partitions.forEach((partition, index) => {
    const name = textAt(partition, 'name') ?? `#${index + 1}`;
    const members = listAt(partition, 'members');
    let first: string | undefined;
    members.forEach((member, at) => {
      if (typeof member !== 'string') return;
      const path: Path = [...base, index, 'members', at];
      const type =
        domains.has(member) || isImplied(member, names)
          ? 'domain'
          : embeddings.has(member)
            ? 'embedding'
            : undefined;
      if (type === undefined) {
        const hint = suggestion(member, [...domains, ...embeddings], 'declared');
        findings.error(path, `unknown domain or embedding signal \`${member}\``, hint);
        return;
      }
      first ??= type;
      if (type !== first) {
        const message = `\`${member}\` is a signal of type ${type} among members of type ${first}`;
        findings.error(path, message, 'make two partitions: their scores cannot be compared');
      }
      const holder = holders.get(member);
      if (holder === undefined) holders.set(member, name);
      else findings.error(path, `\`${member}\` is a member of partition \`${holder}\` already`);
    });
    const standard = textAt(partition, 'default');
    if (standard !== undefined && !members.includes(standard)) {
      const listed = members.filter((member) => typeof member === 'string');
      const hint = suggestion(standard, listed, 'members');
      findings.error([...base, index, 'default'], `\`default\`: \`${standard}\` is no member`, hint);
    }
  });
}

/** Where no domains are declared, labels themselves are the domains. */
function isImplied(name: string, names: SignalNames): boolean {
  return names.domainsImplied && canonicalDomainLabel(name) !== undefined;
}

interface InputContext {
  readonly names: SignalNames;
  readonly graph: ScoreGraph;
}

function checkInputs(score: unknown, path: Path, { names, graph }: InputContext, findings: Findings): void {
  listAt(score, 'inputs').forEach((input, index) => {
    if (!isRecord(input)) return;
    const place: Path = [...path, 'inputs', index];
    const type = textAt(input, 'type')?.toLowerCase();
    const name = textAt(input, 'name');
    if (type === undefined) return;
    if (type === metricType) {
      for (const key of ['kb', 'metric'] as const) {
        if (input[key] === undefined)
          findings.error(
            [...place, key],
            `\`${key}\` is missing: \`type: ${metricType}\` needs it`,
            undefined,
            'key',
          );
      }
      return;
    }
    const known = type === projectionType ? graph.names : names.of(type);
    if (known === undefined) {
      const hint = suggestion(type, [...names.types, metricType]);
      findings.error([...place, 'type'], `unknown signal type \`${type}\``, hint);
    } else if (name === undefined) {
      if (input.name === undefined)
        findings.error([...place, 'name'], '`name` is missing in an input', undefined, 'key');
    } else if (!known.has(name) && !(type === 'domain' && isImplied(name, names))) {
      const what = type === projectionType ? 'score or output' : `${type} signal`;
      findings.error([...place, 'name'], `unknown ${what} \`${name}\``, suggestion(name, known, 'declared'));
    } else if (textAt(input, 'value_source') === 'score' && type !== projectionType) {
      const message = '`value_source: score` reads another score; a signal has none';
      findings.error([...place, 'value_source'], message, 'write `raw` or `confidence`');
    }
  });
}

function checkMappings(
  mappings: readonly unknown[],
  base: Path,
  graph: ScoreGraph,
  findings: Findings,
): void {
  const seen = new Map<string, string>();
  mappings.forEach((mapping, index) => {
    const path: Path = [...base, index];
    const source = textAt(mapping, 'source');
    if (source !== undefined && !graph.scores.has(source)) {
      const hint = suggestion(source, graph.scores.keys(), 'declared under `projections.scores`');
      findings.error([...path, 'source'], `unknown score \`${source}\``, hint);
    }
    const outputs = listAt(mapping, 'outputs');
    if (textAt(mapping, 'method') === 'multi_emit' && outputs.length < 2) {
      findings.error(
        [...path, 'outputs'],
        '`multi_emit` needs at least two outputs',
        'use `threshold_bands`',
      );
    }
    outputs.forEach((output, at) => {
      if (!isRecord(output)) return;
      const name = textAt(output, 'name');
      const place: Path = [...path, 'outputs', at];
      const holder = name === undefined ? undefined : seen.get(name);
      if (holder !== undefined) {
        findings.error(
          [...place, 'name'],
          `output \`${name}\` is declared twice`,
          `mapping \`${holder}\` has it already`,
        );
      } else if (name !== undefined) seen.set(name, textAt(mapping, 'name') ?? `#${index + 1}`);
      const { gt, gte, lt, lte } = output;
      const bounds = predicateSchema.safeParse({ gt, gte, lt, lte });
      // Without bounds it is the band for everything else.
      if (!bounds.success || Object.values(bounds.data).every((bound) => bound === undefined)) return;
      const problem = predicateProblem(bounds.data);
      if (problem !== undefined) findings.error(place, `output \`${name}\`: ${problem.replace(/\.$/, '')}`);
    });
  });
}

/** Which score reads which. */
class ScoreGraph {
  /** Names of other scores and outputs that each score reads. */
  readonly scores = new Map<string, readonly string[]>();
  /** Source of every output. */
  readonly #outputs = new Map<string, string>();

  constructor(scores: readonly unknown[], mappings: readonly unknown[]) {
    for (const score of scores) {
      const name = textAt(score, 'name');
      if (name === undefined) continue;
      const read = listAt(score, 'inputs').flatMap((input) =>
        textAt(input, 'type')?.toLowerCase() === projectionType ? (textAt(input, 'name') ?? []) : [],
      );
      this.scores.set(name, read);
    }
    for (const mapping of mappings) {
      for (const output of listAt(mapping, 'outputs')) {
        const name = textAt(output, 'name');
        if (name !== undefined) this.#outputs.set(name, textAt(mapping, 'source') ?? '');
      }
    }
  }

  /** What an input of type `projection` may name. */
  get names(): ReadonlySet<string> {
    return new Set([...this.scores.keys(), ...this.#outputs.keys()]);
  }

  /** A circle of scores and outputs, its first name repeated at the end. */
  circle(): readonly string[] | undefined {
    const done = new Set<string>();
    for (const score of this.scores.keys()) {
      const found = this.#search(score, [], done);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #search(score: string, way: readonly string[], done: Set<string>): readonly string[] | undefined {
    const start = way.indexOf(score);
    if (start >= 0) return [...way.slice(start), score];
    if (done.has(score)) return undefined;
    for (const read of this.scores.get(score) ?? []) {
      const source = this.#outputs.get(read);
      const step = source === undefined ? [...way, score] : [...way, score, read];
      const found = this.#search(source ?? read, step, done);
      if (found !== undefined) return found;
    }
    done.add(score);
    return undefined;
  }
}
