/**
 * Bounds that a number is compared with.
 *
 * @module
 */
import { z } from 'zod';

export const predicateSchema = z
  .strictObject({
    gt: z.number().optional().describe('Greater than.'),
    gte: z.number().optional().describe('At least.'),
    lt: z.number().optional().describe('Less than.'),
    lte: z.number().optional().describe('At most.'),
  })
  .describe('Bounds; all given ones must hold. Without a predicate the value must be above 0.');

export type Predicate = z.infer<typeof predicateSchema>;

/** What is wrong with the bounds, as a sentence; undefined if some number can satisfy them. */
export function predicateProblem({ gt, gte, lt, lte }: Predicate): string | undefined {
  if (gt === undefined && gte === undefined && lt === undefined && lte === undefined) {
    return 'A predicate needs at least one of gt, gte, lt, lte.';
  }
  if ((gt !== undefined && gte !== undefined) || (lt !== undefined && lte !== undefined)) {
    return 'Two bounds on the same side; keep one of gt and gte, one of lt and lte.';
  }
  const low = Math.max(gt ?? Number.NEGATIVE_INFINITY, gte ?? Number.NEGATIVE_INFINITY);
  const high = Math.min(lt ?? Number.POSITIVE_INFINITY, lte ?? Number.POSITIVE_INFINITY);
  const open = low === gt || high === lt;
  return low > high || (low === high && open) ? 'No number can satisfy these bounds together.' : undefined;
}

/** Distance of `value` to the nearest bound, negative if that bound is broken; whether all bounds hold. */
export function compareWith(
  value: number,
  { gt, gte, lt, lte }: Predicate,
): { holds: boolean; distance: number } {
  // NaN would slip through comparisons that ask whether a bound is broken.
  if (Number.isNaN(value)) return { holds: false, distance: Number.NEGATIVE_INFINITY };
  let holds = true;
  let distance = Number.POSITIVE_INFINITY;
  const bound = (room: number, strict: boolean) => {
    if (strict ? room <= 0 : room < 0) holds = false;
    distance = Math.min(distance, room);
  };
  if (gt !== undefined) bound(value - gt, true);
  if (gte !== undefined) bound(value - gte, false);
  if (lt !== undefined) bound(lt - value, true);
  if (lte !== undefined) bound(lte - value, false);
  return { holds, distance };
}
