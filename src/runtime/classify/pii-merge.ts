/**
 * One list of entities from the two layers that find personal data.
 *
 * @module
 */
import type { TokenSpan } from '../inference/types.js';
import type { PiiMatch } from '../pii/types.js';

/** A stretch of text that holds personal data: `text.slice(start, end)`, UTF-16. */
export interface PiiEntity {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  /** Probability in [0, 1]. */
  readonly confidence: number;
  /** `pattern`: an exact recogniser; `model`: the token head. */
  readonly source: 'pattern' | 'model';
  /** Name of the recogniser. */
  readonly recogniser?: string;
  /** What exactly it is, e.g. the issuer of a card. */
  readonly detail?: string;
}

export function entityOfMatch({ type, start, end, confidence, recogniser, detail }: PiiMatch): PiiEntity {
  const entity = { type, start, end, confidence, source: 'pattern', recogniser } as const;
  return detail === undefined ? entity : { ...entity, detail };
}

/** The span without white space and punctuation around it; undefined if nothing is left. */
export function entityOfSpan(text: string, span: TokenSpan): PiiEntity | undefined {
  const place = trimmed(text, span);
  if (place === undefined) return undefined;
  return { type: span.label, ...place, confidence: span.confidence, source: 'model' };
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** `p.m.` and `J. R.` end with a full stop of their own. */
const abbreviation = /(?:^|[^\p{L}])\p{L}{1,2}\.[ ]?\p{L}\.$/u;
const opening = /^[\s"'“‘«([{<,;:.!?-]+/u;
const closing = /^[\s\p{P}]$/u;
const brackets: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

function trimmed(text: string, { start, end }: Place): Place | undefined {
  const value = text.slice(start, end);
  const from = opening.exec(value)?.[0] ?? '';
  // A bracket that closes before the end of the value belongs to the value: "(030) 1234".
  const lead = keepsBracket(from, value) ? from.length - 1 : from.length;
  const rest = value.slice(lead);
  let length = lengthWithoutClosing(rest);
  if (length === 0) return undefined;
  const dotted = rest.slice(0, length + 1);
  const next = rest.charAt(length);
  if (next === '.' && abbreviation.test(dotted)) length++;
  else if (brackets[next] !== undefined && rest.slice(0, length).includes(brackets[next] ?? '')) length++;
  return { start: start + lead, end: start + lead + length };
}

/** From the end, since an expression for "all up to the end" takes quadratic time on long gaps inside. */
function lengthWithoutClosing(value: string): number {
  let length = value.length;
  while (length > 0) {
    const pair = value.codePointAt(length - 2) ?? 0;
    const size = pair > 0xffff ? 2 : 1;
    if (!closing.test(value.slice(length - size, length))) break;
    length -= size;
  }
  return length;
}

function keepsBracket(lead: string, value: string): boolean {
  return lead.endsWith('(') && /\)\s*[\p{L}\p{N}]/u.test(value.slice(lead.length));
}

/** Proof first, then confidence, then length, then place: a total order, so the outcome is the same each time. */
function byStrength(a: PiiEntity, b: PiiEntity): number {
  return (
    Number(isProven(b)) - Number(isProven(a)) ||
    b.confidence - a.confidence ||
    b.end - b.start - (a.end - a.start) ||
    a.start - b.start ||
    (a.type < b.type ? -1 : 1)
  );
}

/** True for a match whose checksum or form leaves no doubt. */
function isProven({ source, confidence }: PiiEntity): boolean {
  return source === 'pattern' && confidence === 1;
}

/**
 * Entities without overlaps, in the order of the text. Where two meet, the stronger keeps its place. The
 * other keeps what is left of it if that is at least half of it (an address around a postcode), else it
 * goes.
 */
export function mergeEntities(text: string, candidates: readonly PiiEntity[]): PiiEntity[] {
  const taken = new Uint8Array(text.length);
  const kept: PiiEntity[] = [];
  for (const entity of [...candidates].sort(byStrength)) {
    const free = longestFree(taken, entity);
    const cut = free.end - free.start < entity.end - entity.start;
    const place = cut ? trimmed(text, free) : free;
    if (place === undefined || (cut && 2 * (place.end - place.start) < entity.end - entity.start)) continue;
    taken.fill(1, place.start, place.end);
    kept.push({ ...entity, ...place });
  }
  return kept.sort((a, b) => a.start - b.start);
}

function longestFree(taken: Uint8Array, { start, end }: Place): Place {
  let best: Place = { start, end: start };
  let from = start;
  for (let at = start; at <= end; at++) {
    if (at < end && taken[at] === 0) continue;
    if (at - from > best.end - best.start) best = { start: from, end: at };
    from = at + 1;
  }
  return best;
}
