import { describe, expect, it } from 'vitest';
import { applyHead } from '../../../../src/runtime/models/learned-head/index.js';
import {
  calibrationError,
  fitTemperature,
  logLoss,
} from '../../../../src/runtime/policy/learn/calibration.js';
import { cholesky, solve } from '../../../../src/runtime/policy/learn/cholesky.js';
import { minimise } from '../../../../src/runtime/policy/learn/lbfgs.js';
import { FitProblem } from '../../../../src/runtime/policy/learn/logistic.js';
import { Preconditioner } from '../../../../src/runtime/policy/learn/preconditioner.js';
import { train } from '../../../../src/runtime/policy/learn/train.js';
import { seededRandom } from '../../../../src/runtime/policy/random.js';

describe('the minimiser', () => {
  it('finds the minimum of a badly scaled bowl', () => {
    const point = Float64Array.of(5, -3, 2);
    const scales = [1, 100, 10_000];
    const value = minimise((at, gradient) => {
      let sum = 0;
      at.forEach((each, index) => {
        const scale = scales[index] ?? 1;
        const distance = each - index;
        sum += (scale / 2) * distance * distance;
        gradient[index] = scale * distance;
      });
      return sum;
    }, point);
    expect(value).toBeCloseTo(0, 8);
    expect([...point].map((each) => Math.round(each * 1e4) / 1e4 + 0)).toEqual([0, 1, 2]);
  });
});

/** Unit vectors around one centre per class. */
function clouds(perClass: readonly number[], spread: number, dimension = 8, seed = 3) {
  const random = seededRandom(seed);
  const embeddings: Float32Array[] = [];
  const classes: number[] = [];
  perClass.forEach((count, label) => {
    for (let row = 0; row < count; row++) {
      const vector = Float32Array.from(
        { length: dimension },
        (_, at) => (at === label ? 1 : 0) + (random() - 0.5) * spread,
      );
      const length = Math.hypot(...vector);
      embeddings.push(vector.map((each) => each / length));
      classes.push(label);
    }
  });
  return { embeddings, classes };
}

const options = { labels: ['a', 'b', 'c'], dimension: 8, balanced: true, folds: 5 };

describe('linear equations', () => {
  it('are solved in their place in a longer vector', () => {
    const lower = cholesky(Float64Array.of(4, 0, 2, 10), 2);
    const vector = Float64Array.of(7, 8, 26, 7);
    solve(lower, 2, vector, 1);
    expect([...vector].map((each) => Math.round(each * 1e9) / 1e9)).toEqual(
      [7, 28 / 36, 88 / 36, 7].map((each) => Math.round(each * 1e9) / 1e9),
    );
  });
});

describe('fitting', () => {
  it('ends where the gradient of the penalised likelihood is zero', () => {
    const examples = clouds([10, 12, 14], 1.5);
    const regularisation = 0.01;
    const rows = examples.classes.map((_, row) => row);
    const head = new FitProblem(examples, rows, { ...options, balanced: false }).fit({ regularisation });
    const gradient = new Float64Array(8);
    rows.forEach((row) => {
      const embedding = examples.embeddings[row] ?? new Float32Array(8);
      const error = (applyHead(head, embedding)[1] ?? 0) - (examples.classes[row] === 1 ? 1 : 0);
      embedding.forEach((each, at) => {
        gradient[at] = (gradient[at] ?? 0) + (error * each) / rows.length;
      });
    });
    gradient.forEach((each, at) => {
      expect(each + regularisation * (head.weights[8 + at] ?? 0)).toBeCloseTo(0, 4);
    });
  });

  it('ends at the same place with and without an estimate of the second derivatives', () => {
    const examples = clouds([21, 17, 30], 1.5);
    const rows = examples.classes.map((_, row) => row);
    const problem = new FitProblem(examples, rows, options);
    const tight = { regularisation: 1e-3, tolerance: 1e-9 };
    const plain = problem.fit(tight);
    const preconditioner = new Preconditioner(examples.embeddings, 8);
    const helped = problem.fit({ ...tight, preconditioner });
    helped.weights.forEach((weight, at) => {
      expect(weight).toBeCloseTo(plain.weights[at] ?? 0, 4);
    });
    // Of biases only the differences matter.
    const differences = ({ bias }: typeof plain) => [...bias].map((each) => each - (bias[0] ?? 0));
    differences(helped).forEach((each, at) => {
      expect(each).toBeCloseTo(differences(plain)[at] ?? 0, 4);
    });
  });

  it('gives a small class its share when classes are balanced', () => {
    const examples = clouds([60, 6, 6], 2.5);
    const rows = examples.classes.map((_, row) => row);
    const recall = (balanced: boolean) => {
      const head = new FitProblem(examples, rows, { ...options, balanced }).fit({ regularisation: 0.03 });
      const small = rows.filter((row) => examples.classes[row] !== 0);
      const found = small.filter((row) => {
        const probabilities = applyHead(head, examples.embeddings[row] ?? new Float32Array(8));
        return probabilities.indexOf(Math.max(...probabilities)) === examples.classes[row];
      });
      return found.length / small.length;
    };
    expect(recall(true)).toBeGreaterThan(recall(false));
  });
});

describe('calibration', () => {
  it('finds the temperature that the logits were multiplied by', () => {
    const random = seededRandom(5);
    const rows = Array.from({ length: 2000 }, () => {
      const logit = (random() - 0.5) * 6;
      const wanted = random() < 1 / (1 + Math.exp(-logit)) ? 0 : 1;
      return { logits: Float32Array.of(logit * 3, 0), wanted };
    });
    const temperature = fitTemperature(rows);
    expect(temperature).toBeGreaterThan(2.6);
    expect(temperature).toBeLessThan(3.5);
    expect(logLoss(rows, temperature)).toBeLessThan(logLoss(rows, 1));
  });

  it('measures the distance between confidence and accuracy', () => {
    const right = Array.from({ length: 6 }, () => ({ confidence: 0.85, right: true }));
    const wrong = Array.from({ length: 4 }, () => ({ confidence: 0.85, right: false }));
    expect(calibrationError([...right, ...wrong])).toBeCloseTo(0.25);
  });
});

describe('training', () => {
  it('separates what can be separated, and says what it is worth on rows it had not seen', async () => {
    const trained = await train(clouds([15, 15, 15], 0.8), options);
    const right = trained.heldOut.filter(({ wanted, predicted }) => wanted === predicted).length;
    expect(trained.heldOut.map(({ row }) => row)).toEqual([...Array(45).keys()]);
    expect(right / 45).toBeGreaterThan(0.9);
    expect(trained.logLoss).toBeLessThan(0.4);
  });

  it('does not claim to have learnt noise', async () => {
    const { embeddings, classes } = clouds([20, 20, 20], 0.8);
    const random = seededRandom(11);
    const scrambled = classes.map(() => Math.floor(random() * 3));
    const trained = await train({ embeddings, classes: scrambled }, options);
    const right = trained.heldOut.filter(({ wanted, predicted }) => wanted === predicted).length;
    expect(right / 60).toBeLessThan(0.55);
    expect(trained.logLoss).toBeGreaterThan(0.9);
  });

  it('gives the same head for the same rows', async () => {
    const once = await train(clouds([8, 8, 8], 1), options);
    expect(await train(clouds([8, 8, 8], 1), options)).toEqual(once);
  });

  it('can be stopped between its steps', async () => {
    let steps = 0;
    const pause = async () => {
      steps++;
      if (steps === 3) throw new Error('enough');
    };
    await expect(train(clouds([8, 8, 8], 1), { ...options, pause })).rejects.toThrow('enough');
    expect(steps).toBe(3);
  });
});
