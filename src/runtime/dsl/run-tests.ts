/**
 * Runs the TEST blocks of a file: every prompt goes through the evaluation that requests go through.
 *
 * @module
 */
import type { Environment } from '../config/interpolate.js';
import { loadConfigText } from '../config/load.js';
import { at, isRecord } from '../config/raw.js';
import type { LoadedConfig } from '../config/types.js';
import type { Evaluation } from '../decision/evaluation.js';
import type { Analysis } from './analyse.js';
import { nodesOf } from './ast.js';
import { type BaseConfig, mergeIntoBase, standaloneYaml } from './compose.js';
import type { Scope } from './lower.js';

export interface DslCase {
  readonly test: string;
  readonly query: string;
  readonly expected: string;
  /** 1-based place of the prompt in the file. */
  readonly line: number;
  readonly column: number;
}

/** Tests that one configuration answers: those of the file, or those of a recipe. */
export interface TestGroup {
  readonly recipe: string | undefined;
  readonly loaded: LoadedConfig;
  readonly cases: readonly DslCase[];
}

export interface CaseResult extends DslCase {
  readonly recipe: string | undefined;
  /** The decision that won; undefined if none matched. */
  readonly actual: string | undefined;
  readonly passed: boolean;
  /** Signals without an answer, with the reason: they may be why a test fails. */
  readonly unavailable: readonly string[];
}

/** Test cases by the configuration they need. The analysis must have no errors. */
export function testGroups(
  analysis: Analysis,
  { base, env }: { base: BaseConfig | undefined; env: Environment },
): TestGroup[] {
  const groups: TestGroup[] = [];
  for (const scope of analysis.lowered.scopes) {
    const cases = casesOf(scope, analysis);
    if (cases.length === 0) continue;
    const compiled = scope.recipe === undefined ? analysis.compiled : asRouting(scope, analysis.compiled);
    const text = base === undefined ? standaloneYaml(compiled) : mergeIntoBase(compiled, base).text;
    groups.push({
      recipe: scope.recipe,
      loaded: loadConfigText(text, 'the compiled configuration', env),
      cases,
    });
  }
  return groups;
}

/** The routing of a recipe in the place of that of the file; the models are those of the file. */
function asRouting(scope: Scope, compiled: Analysis['compiled']): Record<string, unknown> {
  const routing = scope.path.reduce<unknown>((value, part) => {
    if (typeof part === 'number') return Array.isArray(value) ? value[part] : undefined;
    return at(value, part);
  }, compiled);
  const modelCards = at(compiled, 'routing', 'modelCards');
  return {
    ...compiled,
    routing: { ...(modelCards !== undefined && { modelCards }), ...(isRecord(routing) && routing) },
  };
}

function casesOf({ tests }: Scope, { source }: Analysis): DslCase[] {
  return tests.flatMap((test) =>
    nodesOf(test.body).map(({ query, route }) => ({
      test: test.name.text,
      query: query.text,
      expected: route.text,
      ...source.placeOf(query.span.start),
    })),
  );
}

/** Runs the cases of a group, one after the other, in the order of the file. */
export async function* runGroup(
  group: TestGroup,
  evaluate: (prompt: string) => Evaluation | Promise<Evaluation>,
): AsyncGenerator<CaseResult> {
  for (const each of group.cases) {
    const evaluation = await evaluate(each.query);
    const actual = evaluation.decision?.name;
    const unavailable = evaluation.signals.flatMap(({ type, name, outcome }) => {
      return outcome?.status === 'unavailable' ? [`${type}:${name} (${outcome.reason})`] : [];
    });
    yield { ...each, recipe: group.recipe, actual, passed: actual === each.expected, unavailable };
  }
}
