/**
 * The leaves of a set of decisions: what their conditions refer to, each once, and what is derived from
 * what.
 *
 * A leaf is a signal rule, or derived from other leaves: a member of a partition, an output of a mapping
 * and the scores behind it, a level with a composer, a boosted signal, a condition that compares a number.
 * The engine treats them alike; only whoever answers leaves (`LeafRun`) knows the difference.
 *
 * @module
 */
import type { SignalOutcome } from '../signals/types.js';
import { type Boost, boosted, boostingDecisions, neededFor } from './boosts.js';
import { type Answer, answerOf, conditionName, isPlain } from './condition.js';
import { outcomeOfOutput } from './projections/mapping.js';
import { outcomeInPartition } from './projections/partition.js';
import { type BoundInput, outcomeOfScore } from './projections/score.js';
import {
  metricType,
  noProjections,
  type Partition,
  type Projections,
  projectionType,
  type ScoreInput,
} from './projections/types.js';
import { boundsOf, compileTree, type LeafStates, leavesOf, type Node, TRUE } from './tree.js';
import type { DecisionSpec, LeafRule, Rule } from './types.js';

/** What conditions refer to beside signals. */
export interface LeafContext {
  readonly projections?: Projections;
  /** Condition type of a member of a partition. Default: `domain`. */
  readonly memberType?: (member: string) => string;
  /** Rule trees that must hold before a level of a complexity rule counts, by rule name. */
  readonly composers?: ReadonlyMap<string, Rule>;
  /** Whether the domain rule of a name is about a category. Default: if the names are the same. */
  readonly isAbout?: (domain: string, category: string) => boolean;
  /** Name of a `kb` rule that reads a knowledge base: its outcome has the metrics. */
  readonly ruleOfBase?: (base: string) => string | undefined;
}

/** How a leaf follows from others. */
export interface Derivation {
  /** All leaves it may read; they come before it. */
  readonly inputs: readonly number[];
  /** True if it differs from its one input only where that has no answer. */
  readonly follows?: boolean;
  /** Leaves still to be asked, given what is known. Left out: all inputs. */
  readonly needs?: (states: LeafStates) => readonly number[];
  derive(outcomeOf: (leaf: number) => SignalOutcome, states: LeafStates): Answer;
}

export interface Leaf {
  readonly type: string;
  /** Name of the rule or output; for other derived leaves, how traces call them. */
  readonly name: string;
  /** Undefined for a signal rule. */
  readonly derived: Derivation | undefined;
  /** Name of the signal rule behind it, and the label a condition asks for: `name:label`. */
  readonly rule: string;
  /** False for the steps in between, which no report lists. */
  readonly reported: boolean;
}

/** Compiles the rule trees of decisions together with everything they refer to. */
export class LeafCompiler {
  readonly leaves: Leaf[] = [];
  readonly trees: readonly Node[];
  readonly #index = new Map<string, number>();
  readonly #context: LeafContext;
  readonly #projections: Projections;
  /** Scores being compiled, against endless recursion; the checks of the file refuse circles. */
  readonly #underWay = new Set<string>();
  #composing = false;

  constructor(decisions: readonly DecisionSpec[], context: LeafContext) {
    this.#context = context;
    this.#projections = context.projections ?? noProjections;
    const plain = (rule: LeafRule) => this.#condition(rule, []);
    const boosting = new Map(
      boostingDecisions(decisions).map(({ index, name, action }): [number, Boost] => [
        index,
        { name, action, tree: compileTree(decisions[index]?.rules, plain) },
      ]),
    );
    const boosts = [...boosting.values()];
    this.trees = decisions.map((decision, index) => {
      const boost = boosting.get(index);
      if (boost !== undefined) return boost.tree;
      const own = boosts.filter(
        ({ action }) => action.category !== undefined || action.decision === decision.name,
      );
      return compileTree(decision.rules, (rule) => this.#condition(rule, own));
    });
  }

  #add(key: string, make: () => Leaf): number {
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    // Made first: what it is derived from comes before it.
    const leaf = make();
    const index = this.leaves.length;
    this.leaves.push(leaf);
    this.#index.set(key, index);
    return index;
  }

  #derived(
    key: string,
    leaf: Omit<Leaf, 'derived' | 'rule'>,
    make: () => Derivation,
    rule = leaf.name,
  ): number {
    return this.#add(key, () => ({ ...leaf, rule, derived: make() }));
  }

  #condition(rule: LeafRule, boosts: readonly Boost[]): number {
    const base = this.#base(rule.type, rule.name, boosts);
    if (isPlain(rule)) return base;
    const name = conditionName(rule);
    const leaf = { type: rule.type, name, reported: false };
    return this.#derived(
      `condition ${base} ${name}`,
      leaf,
      () => ({
        inputs: [base],
        follows: rule.label === undefined && rule.predicate === undefined,
        derive: (outcomeOf) => answerOf(rule, outcomeOf(base)),
      }),
      rule.label === undefined ? rule.name : `${rule.name}:${rule.label}`,
    );
  }

  #base(type: string, name: string, boosts: readonly Boost[]): number {
    if (type === projectionType) return this.#output(name);
    const partition = this.#projections.partitions.find(
      ({ members }) => members.includes(name) && this.#memberType(name) === type,
    );
    if (partition !== undefined) return this.#member(partition, type, name, boosts);
    const signal = this.#boosted(type, name, boosts, true);
    return type === 'complexity' ? this.#composed(signal, name) : signal;
  }

  #signal(type: string, name: string, reported: boolean): number {
    return this.#add(`signal ${type} ${name}`, () => ({
      type,
      name,
      rule: name,
      derived: undefined,
      reported,
    }));
  }

  #memberType(member: string): string {
    return this.#context.memberType?.(member) ?? 'domain';
  }

  #boosted(type: string, name: string, boosts: readonly Boost[], reported: boolean): number {
    const signal = this.#signal(type, name, reported);
    const about = this.#context.isAbout ?? ((domain: string, category: string) => domain === category);
    const own = boosts.filter(({ action: { category } }) =>
      category === undefined ? true : type === 'domain' && about(name, category),
    );
    if (own.length === 0) return signal;
    const names = own.map((boost) => boost.name).join(', ');
    const leaf = { type, name: `${name} (boosted by ${names})`, reported: false };
    return this.#derived(
      `boosted ${signal} ${names}`,
      leaf,
      () => ({
        inputs: [...new Set([signal, ...own.flatMap(({ tree }) => [...leavesOf(tree)])])],
        needs: (states) => [signal, ...neededFor(own, states)],
        derive: (outcomeOf, states) => settled(boosted(outcomeOf(signal), own, states)),
      }),
      name,
    );
  }

  #member(partition: Partition, type: string, name: string, boosts: readonly Boost[]): number {
    const inputs = partition.members.map((member) => this.#boosted(type, member, boosts, false));
    const position = partition.members.indexOf(name);
    // Of a member with and without boosts the one without is the signal.
    const reported = inputs.every((input) => this.leaves[input]?.derived === undefined);
    const leaf = { type, name, reported };
    return this.#derived(`member ${inputs.join(' ')} ${position} of ${partition.name}`, leaf, () => ({
      inputs,
      derive: (outcomeOf) => settled(outcomeInPartition(partition, inputs.map(outcomeOf), position)),
    }));
  }

  #composed(signal: number, name: string): number {
    const colon = name.lastIndexOf(':');
    const composer = this.#context.composers?.get(colon < 0 ? name : name.slice(0, colon));
    // A composer looks at levels as they are, its own rule's too: there is no circle to follow.
    if (composer === undefined || this.#composing) return signal;
    const leaf = { type: 'complexity', name: `${name} (composed)`, reported: false };
    return this.#derived(
      `composed ${signal}`,
      leaf,
      () => {
        this.#composing = true;
        const tree = compileTree(composer, (rule) => this.#condition(rule, []));
        this.#composing = false;
        return {
          inputs: [...new Set([signal, ...leavesOf(tree)])],
          derive(outcomeOf, states) {
            const outcome = outcomeOf(signal);
            if (outcome.status !== 'matched' || boundsOf(tree, states).truth === TRUE)
              return settled(outcome);
            return settled({ ...outcome, status: 'not_matched', evidence: ['its composer does not hold'] });
          },
        };
      },
      name,
    );
  }

  #output(name: string): number {
    return this.#derived(`output ${name}`, { type: projectionType, name, reported: true }, () => {
      for (const mapping of this.#projections.mappings) {
        const position = mapping.outputs.findIndex((output) => output.name === name);
        if (position < 0) continue;
        const score = this.#score(mapping.source);
        return {
          inputs: [score],
          derive: (outcomeOf) => settled(outcomeOfOutput(mapping, position, outcomeOf(score))),
        };
      }
      return missing(`no mapping has an output named \`${name}\``);
    });
  }

  #score(name: string): number {
    return this.#derived(`score ${name}`, { type: 'score', name, reported: false }, () => {
      const score = this.#projections.scores.find((candidate) => candidate.name === name);
      if (score === undefined) return missing(`no score is named \`${name}\``);
      if (this.#underWay.has(name)) return missing(`score \`${name}\` depends on itself`);
      this.#underWay.add(name);
      const bound = score.inputs.map((input) => this.#input(input));
      this.#underWay.delete(name);
      const inputs = bound.map(({ leaf }) => leaf);
      return {
        inputs: [...new Set(inputs)],
        derive: (outcomeOf) => settled(outcomeOfScore(bound, inputs.map(outcomeOf))),
      };
    });
  }

  #input(input: ScoreInput): BoundInput & { readonly leaf: number } {
    const { type, name = '', kb = '', metric = '', value_source: wanted } = input;
    if (type === metricType) {
      const rule = this.#context.ruleOfBase?.(kb);
      const leaf =
        rule === undefined ? this.#nothing(`no kb rule reads \`${kb}\``) : this.#signal('kb', rule, true);
      return { input, source: wanted ?? 'raw', label: `${kb}.${metric}`, leaf };
    }
    const label = `${type}:${name}`;
    if (type !== projectionType)
      return { input, source: wanted ?? 'binary', label, leaf: this.#base(type, name, []) };
    const mapping = this.#projections.mappings.find(({ outputs }) =>
      outputs.some((output) => output.name === name),
    );
    if (mapping !== undefined && wanted !== 'score') {
      return { input, source: wanted ?? 'binary', label, leaf: this.#output(name) };
    }
    return { input, source: 'score', label, leaf: this.#score(mapping?.source ?? name) };
  }

  #nothing(reason: string): number {
    return this.#derived(`nothing ${reason}`, { type: 'score', name: reason, reported: false }, () =>
      missing(reason),
    );
  }
}

function settled(outcome: SignalOutcome): Answer {
  return { outcome, fails: false };
}

function missing(reason: string): Derivation {
  return { inputs: [], derive: () => settled({ status: 'unavailable', reason }) };
}
