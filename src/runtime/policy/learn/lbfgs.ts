/**
 * Minimising a smooth convex function of many variables: limited-memory BFGS (Nocedal 1980) with a
 * backtracking line search (Armijo).
 *
 * @module
 */

/** Value at `point`; writes the gradient there into `gradient`. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface MinimiseOptions {
  /** Pairs of steps and gradient changes that are remembered. Default 10. */
  readonly memory?: number;
  /** Default 200. */
  readonly maxIterations?: number;
  /** Ends when no component of the gradient is larger. Default 1e-5. */
  readonly tolerance?: number;
  /**
   * Multiplies a vector, in place, by a rough inverse of the second derivatives: a positive definite matrix, whatever
   * its scale. The closer, the fewer steps. Default: none.
   */
  readonly precondition?: ((vector: Float64Array) => void) | undefined;
}

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** 1 / (step · change). */
  readonly scale: number;
  /** Scale of the preconditioner that fits this pair. */
  readonly curvature: number;
}

/** Moves `point` to the minimum; returns the value there. */
export function minimise(
  objective: Objective,
  point: Float64Array,
  { memory = 10, maxIterations = 200, tolerance = 1e-5, precondition }: MinimiseOptions = {},
): number {
  const size = point.length;
  let gradient = new Float64Array(size);
  let nextGradient = new Float64Array(size);
  const next = new Float64Array(size);
  const zero = new Float64Array(size);
  const pairs: Pair[] = [];
  let value = objective(point, gradient);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    if (largest(gradient) <= tolerance) return value;
    let direction = descent(gradient, pairs, precondition);
    let slope = dot(direction, gradient);
    if (slope >= 0) {
      // Rounding has spoilt the memory: steepest descent is always safe.
      pairs.length = 0;
      direction = difference(zero, gradient);
      slope = -dot(gradient, gradient);
    }
    let length = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    let nextValue = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 40; attempt++) {
      for (let at = 0; at < size; at++) next[at] = (point[at] ?? 0) + length * (direction[at] ?? 0);
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + 1e-4 * length * slope) break;
      length /= 2;
    }
    if (!(nextValue < value)) return value;
    remember(pairs, memory, { point, next, gradient, nextGradient, precondition });
    point.set(next);
    value = nextValue;
    [gradient, nextGradient] = [nextGradient, gradient];
  }
  return value;
}

/** Direction of descent by the two-loop recursion. */
function descent(
  gradient: Float64Array,
  pairs: readonly Pair[],
  precondition: MinimiseOptions['precondition'],
): Float64Array {
  const direction = difference(new Float64Array(gradient.length), gradient);
  const weights: number[] = [];
  for (const { step, change, scale } of [...pairs].reverse()) {
    const weight = scale * dot(step, direction);
    weights.push(weight);
    add(direction, change, -weight);
  }
  precondition?.(direction);
  const latest = pairs.at(-1);
  if (latest !== undefined) {
    const { curvature } = latest;
    for (let at = 0; at < direction.length; at++) direction[at] = (direction[at] ?? 0) * curvature;
  }
  for (const { step, change, scale } of pairs) {
    const weight = weights.pop() ?? 0;
    add(direction, step, weight - scale * dot(change, direction));
  }
  return direction;
}

interface Step {
  readonly point: Float64Array;
  readonly next: Float64Array;
  readonly gradient: Float64Array;
  readonly nextGradient: Float64Array;
  readonly precondition: MinimiseOptions['precondition'];
}

function remember(
  pairs: Pair[],
  memory: number,
  { point, next, gradient, nextGradient, precondition }: Step,
): void {
  const step = difference(next, point);
  const change = difference(nextGradient, gradient);
  const along = dot(step, change);
  // Relative to both: close to the minimum every step is small.
  if (along <= 1e-10 * Math.sqrt(dot(step, step) * dot(change, change))) return;
  const turned = change.slice();
  precondition?.(turned);
  pairs.push({ step, change, scale: 1 / along, curvature: along / dot(change, turned) });
  if (pairs.length > memory) pairs.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  const result = new Float64Array(a.length);
  for (let at = 0; at < a.length; at++) result[at] = (a[at] ?? 0) - (b[at] ?? 0);
  return result;
}

function add(to: Float64Array, what: Float64Array, times: number): void {
  for (let at = 0; at < to.length; at++) to[at] = (to[at] ?? 0) + times * (what[at] ?? 0);
}

function largest(vector: Float64Array): number {
  let most = 0;
  for (const each of vector) most = Math.max(most, Math.abs(each));
  return most;
}
