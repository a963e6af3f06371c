/**
 * `domain` as servers of others classify the text, in place of the domain model.
 *
 * @module
 */
import { messageOf, VsrError } from '../errors.js';
import type { CategoryAnswer } from '../external/mcp/category-server.js';
import type { RemoteServices } from '../external/services.js';
import { clampToUnit } from '../math/probabilities.js';
import { type Category, uncertaintyOfStated } from './domain-category.js';
import { categoriesOfRule } from './domain-labels.js';
import type { CompiledRule, SignalOutcome, SignalRequest } from './types.js';

/** A domain, as its rule describes it. */
export interface RemoteDomain {
  readonly name: string;
  /** Categories of the servers that belong to it. Default: its name. */
  readonly mmlu_categories?: readonly string[] | undefined;
  /** Least confidence. Default: the server's. */
  readonly threshold?: number | undefined;
}

/** What the servers said of a text. */
interface Answers {
  readonly given: readonly CategoryAnswer[];
  /** Why others said nothing. */
  readonly problems: readonly string[];
}

/** Categories are compared without case, and `computer_science` is `computer science`. */
function spelled(category: string): string {
  return category
    .trim()
    .toLowerCase()
    .replace(/[_\s]+/g, ' ');
}

interface Judgement {
  readonly answer: CategoryAnswer;
  readonly matched: boolean;
  readonly score: number;
  readonly threshold: number;
  /** Category that the text has: the one named, or the fallback if that is not sure enough. */
  readonly label: string;
}

function judge(
  labels: ReadonlySet<string>,
  answer: CategoryAnswer,
  ruleThreshold: number | undefined,
): Judgement {
  const threshold = ruleThreshold ?? answer.threshold;
  const { named, fallback, confidence, probabilities = new Map([[named, confidence]]) } = answer;
  const label = confidence >= threshold ? named : fallback;
  const isLabel = labels.has(spelled(label));
  let sum = 0;
  for (const [category, probability] of probabilities) if (labels.has(spelled(category))) sum += probability;
  // Of the fallback the server says nothing itself: it is as likely as the named one is not.
  const score = sum === 0 && isLabel && label !== named ? 1 - confidence : clampToUnit(sum);
  const together = answer.probabilities !== undefined && sum >= Math.max(0.5, threshold);
  return { answer, matched: isLabel || together, score, threshold, label };
}

function better(one: Judgement, other: Judgement): Judgement {
  if (one.matched !== other.matched) return one.matched ? one : other;
  return other.score > one.score ? other : one;
}

function evidenceOf({ answer, label }: Judgement): string[] {
  const { server, named, model, useReasoning } = answer;
  return [
    named === label ? label : `${label} (${named} is not sure enough)`,
    `by ${server}`,
    ...(model === undefined ? [] : [`suggests model ${model}`]),
    ...(useReasoning === undefined ? [] : [`suggests ${useReasoning ? 'reasoning' : 'no reasoning'}`]),
  ];
}

/** Asks every server; those that fail do not keep the others from being heard. */
async function ask(
  servers: RemoteServices['categoryServers'],
  text: string,
  signal: AbortSignal | undefined,
): Promise<Answers> {
  const results = await Promise.allSettled(
    servers.map(async (server) => (await server.get()).classify(text, signal)),
  );
  return {
    given: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    problems: results.flatMap((result) => (result.status === 'rejected' ? [messageOf(result.reason)] : [])),
  };
}

/** Why the servers said nothing of a request, once they have been asked. */
const silence = Symbol('silence of category servers');

/** Asks them for a request. Where none has answered, they are not waited for once more in the same request. */
async function askFor(
  request: SignalRequest,
  servers: RemoteServices['categoryServers'],
  signal: AbortSignal | undefined,
): Promise<Answers> {
  const known = request.memo<{ problems?: readonly string[] }>(silence, () => ({}));
  if (known.problems !== undefined) return { given: [], problems: known.problems };
  const answers = await ask(servers, request.text, signal);
  if (answers.given.length === 0 && signal?.aborted !== true) known.problems = answers.problems;
  return answers;
}

/** What the surest of the servers says of a request; undefined if none of them says anything. */
export async function servedCategory(
  request: SignalRequest,
  servers: RemoteServices['categoryServers'],
  signal: AbortSignal | undefined,
): Promise<Category | undefined> {
  if (request.text.trim() === '') return undefined;
  const best = surest((await askFor(request, servers, signal)).given);
  return best && categoryFrom(best);
}

/**
 * What the surest of the servers says of a text, in the terms of the domain model. Throws
 * `VSR_INFERENCE_UNAVAILABLE` if none of them says anything.
 */
export async function remoteCategory(
  text: string,
  servers: RemoteServices['categoryServers'],
  signal?: AbortSignal,
): Promise<Category> {
  const { given, problems } = await ask(servers, text, signal);
  const best = surest(given);
  if (best === undefined) {
    throw new VsrError('VSR_INFERENCE_UNAVAILABLE', `No server says a category: ${problems.join('; ')}`);
  }
  return categoryFrom(best);
}

function surest([first, ...others]: readonly CategoryAnswer[]): CategoryAnswer | undefined {
  return first && others.reduce((one, other) => (other.confidence > one.confidence ? other : one), first);
}

function categoryFrom(answer: CategoryAnswer): Category {
  const { server, named, fallback, confidence, threshold, model, useReasoning } = answer;
  const probabilities = answer.probabilities ?? new Map([[named, confidence]]);
  const suggests = answer.useSuggestions && (model !== undefined || useReasoning !== undefined);
  return {
    label: confidence >= threshold ? named : fallback,
    confidence,
    threshold,
    probabilities,
    uncertainty: uncertaintyOfStated([...probabilities.values()]),
    ...(suggests && { suggestion: { server, model, useReasoning } }),
  };
}

/**
 * A rule that `servers` decide. It matches if a server names one of its categories with confidence enough, or gives
 * them together a probability above one half; below a server's threshold the text has its fallback category.
 *
 * @param standIn Answers where none of them does. Left out: the rule is `unavailable` then.
 */
export function remoteDomain(
  rule: RemoteDomain,
  servers: RemoteServices['categoryServers'],
  standIn: CompiledRule['standIn'],
): CompiledRule {
  const labels = new Set(categoriesOfRule(rule).map(spelled));
  return {
    name: rule.name,
    standIn,
    async evaluate(request, signal): Promise<SignalOutcome> {
      if (request.text.trim() === '') return { status: 'not_matched' };
      const { given, problems } = await askFor(request, servers, signal);
      const overall = surest(given);
      if (overall === undefined) {
        const reason = problems.join('; ');
        const other = signal?.aborted === true ? undefined : standIn?.(request, reason);
        return other ?? { status: 'unavailable', reason };
      }
      const best = given.map((answer) => judge(labels, answer, rule.threshold)).reduce(better);
      return {
        status: best.matched ? 'matched' : 'not_matched',
        score: best.score,
        value: best.score,
        threshold: best.threshold,
        evidence: [...evidenceOf(best), ...problems],
        category: categoryFrom(overall),
      };
    },
    warmUp: () => Promise.all(servers.map(async (server) => (await server.get()).warmUp())),
  };
}
