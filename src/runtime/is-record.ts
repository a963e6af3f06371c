/**
 * The test that everything which reads unknown JSON or YAML begins with.
 *
 * @module
 */

/** Whether `value` is an object with keys: no list, no null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
