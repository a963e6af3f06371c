/**
 * Evaluations whose keyword rules answer what a test says.
 *
 * @module
 */
import type { RouterConfig } from '../../../src/runtime/config/types.js';
import { Evaluator } from '../../../src/runtime/decision/evaluate.js';
import type { Evaluation } from '../../../src/runtime/decision/evaluation.js';
import { signalFamilies } from '../../../src/runtime/signals/index.js';
import type { SignalFamily, SignalOutcome } from '../../../src/runtime/signals/types.js';
import { userSays } from '../signals/fake-request.js';

/** By the rule's name. */
export type Outcomes = Readonly<Record<string, SignalOutcome>>;

function families(outcomes: Outcomes): SignalFamily[] {
  return signalFamilies.map((family) => ({
    ...family,
    compile: (rules) =>
      rules.map(({ name }) => ({
        name,
        evaluate: () => outcomes[name] ?? { status: 'unavailable', reason: 'not in this test' },
      })),
  }));
}

/** Everything is asked. */
export async function evaluateWith(config: RouterConfig, outcomes: Outcomes): Promise<Evaluation> {
  return new Evaluator(config, families(outcomes), undefined).evaluate(userSays('x'), 'full');
}
