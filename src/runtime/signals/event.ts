/**
 * `event`: the text reports something that happened: which kind of event, how severe, how urgent.
 *
 * @module
 */
import { z } from 'zod';
import { AhoCorasick } from './aho-corasick.js';
import { severities, severityIn, urgencyIn, warmUpEventWords } from './event-words.js';
import { foldText, normalizeText } from './folding.js';
import { description } from './rule-fields.js';
import type { SignalFamily, SignalRequest } from './types.js';

const words = z.array(z.string().refine((text) => text.trim() !== '', { message: 'Must not be empty.' }));

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  event_types: words
    .default([])
    .describe('Kinds of events, as words of the text; `payment_failed` also finds `payment failed`.'),
  severities: z
    .array(z.enum(severities))
    .default([])
    .describe('Severities that the text states: `high severity`, `severity: high`, `[HIGH]`, `SEV2`, `P2`.'),
  action_codes: words.default([]).describe('Codes as they stand in the text, such as `E-1042`.'),
  temporal: z
    .boolean()
    .default(false)
    .describe('Whether it counts if the text says that it cannot wait: urgent, a deadline, at once.'),
});

type EventRule = z.infer<typeof schema>;

/** Looks for one group of criteria; what was found, in the words of the text or the rule. */
type Criterion = (request: SignalRequest) => string | undefined;

/** Names of events are written with underscores, hyphens or spaces. */
function spread(text: string): string {
  return text.replace(/[_\-\s]+/g, ' ').trim();
}

class EventText {
  readonly #folded = Symbol('folded text');
  readonly #spread = Symbol('text with names spread');

  folded(request: SignalRequest): string {
    return request.memo(this.#folded, () => foldText(request.text));
  }

  spread(request: SignalRequest): string {
    return request.memo(this.#spread, () => spread(this.folded(request)));
  }
}

/** Finds any of `list`; `spell` makes the words of the list comparable to those of the text. */
function anyOf(
  list: readonly string[],
  spell: (text: string) => string,
  textOf: (request: SignalRequest) => string,
): Criterion {
  const spelled = [...new Set(list.map((word) => spell(foldText(word)).trim()))];
  const automaton = new AhoCorasick(spelled);
  return (request) => {
    let found: string | undefined;
    automaton.scan(textOf(request), (word) => {
      found = spelled[word];
      return true;
    });
    return found;
  };
}

function criteriaOf(rule: EventRule, text: EventText): Criterion[] {
  const criteria: Criterion[] = [];
  if (rule.event_types.length > 0) {
    criteria.push(anyOf(rule.event_types, spread, (request) => text.spread(request)));
  }
  if (rule.severities.length > 0) {
    criteria.push((request) => {
      for (const severity of rule.severities) {
        const found = severityIn(normalizeText(request.text), text.folded(request), severity);
        if (found !== undefined) return found;
      }
      return undefined;
    });
  }
  if (rule.action_codes.length > 0) {
    criteria.push(
      anyOf(
        rule.action_codes,
        (code) => code,
        (request) => text.folded(request),
      ),
    );
  }
  if (rule.temporal) criteria.push((request) => urgencyIn(text.folded(request)));
  return criteria;
}

export const eventFamily: SignalFamily<EventRule> = {
  type: 'event',
  configKey: 'events',
  summary:
    'Finds reports of events: their kind, severity, codes and urgency. Any of the given criteria is enough.',
  cost: 'free',
  schema,
  check(rules, report) {
    rules.forEach((rule, index) => {
      if (criteriaOf(rule, new EventText()).length > 0) return;
      report(
        index,
        [],
        'has no criterion, so it never matches; give event_types, severities, action_codes or temporal: true',
      );
    });
  },
  compile(rules) {
    const text = new EventText();
    return rules.map((rule) => {
      const criteria = criteriaOf(rule, text);
      return {
        name: rule.name,
        warmUp: async () => warmUpEventWords(),
        evaluate(request) {
          const evidence = criteria.flatMap((criterion) => criterion(request) ?? []);
          if (evidence.length === 0) return { status: 'not_matched', value: 0 };
          // The more of the criteria hold, the surer: from above 0.5 for one of many to 1 for all.
          const share = evidence.length / criteria.length;
          return { status: 'matched', score: 0.5 + 0.5 * share, value: evidence.length, evidence };
        },
      };
    });
  },
};
