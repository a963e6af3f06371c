/**
 * Words that say how bad or how urgent something is. Most of them mean something else just as often
 * (high school, critical thinking, now that), so each is only taken with words around it that settle it.
 *
 * @module
 */

export const severities = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof severities)[number];

/** Patterns are for folded text; `~` stands for what may lie between two words that belong together. */
function pattern(source: string): RegExp {
  const linked = source.replaceAll('~', String.raw`(?:[\s:=\-–—"'*()[\]]{1,4})`);
  return new RegExp(String.raw`(?<![\p{L}\p{N}_])(?:${linked})(?![\p{L}\p{N}_])`, 'u');
}

const scale = '(?:severity|sev|priority|prio|urgency|impact|criticality|importance|risk|alert|threat)';
/** What a level names directly: `high severity`, `low-priority ticket`. */
const rated = `(?:${scale}|incident|vulnerability|finding|defect|outage|alarm)s?`;
const linking = '(?:is|of|as|at|to|was|set~to|level)';

function levelPattern(word: string, ...more: readonly string[]): RegExp {
  return pattern(
    [
      `${scale}~(?:${linking}~){0,2}${word}`,
      `${scale}~of~(?:\\S{1,20}\\s){1,4}(?:is|was)~${word}`,
      `${word}~${rated}`,
      // A heading or a log level: `[high]`, `level=high`.
      String.raw`\[${word}\]`,
      `level~${word}`,
      ...more,
    ].join('|'),
  );
}

/** Numbers of the scales that operators use: 0 and 1 are critical, 4 and beyond low. */
const numbered = (digits: string) => `(?:sev|severity|priority|prio)~?${digits}|p${digits}`;

const criticalThings =
  '(?:errors?|failures?|bugs?|issues?|problems?|outages?|alarms?|warnings?|conditions?|situations?|systems?|events?|infrastructure|services?|state|status|emergency|patch|flaws?|breach|window|incidents?|alerts?|vulnerabilit(?:y|ies))';

const patterns: Readonly<Record<Severity, RegExp>> = {
  critical: levelPattern(
    'critical',
    `critical(?:ly)?~(?:[\\p{L}-]{1,20}\\s){0,2}?${criticalThings}`,
    `(?:is|are|was|were|remains?|becomes?|became|looks|highly|extremely|absolutely|mission|business|safety)~critical(?!~(?:of|to|in|for)(?![\\p{L}\\p{N}_]))`,
    'critically~(?:ill|injured|wounded|low|damaged|degraded|overloaded)',
    numbered('[01]'),
  ),
  high: levelPattern('high', numbered('2')),
  medium: levelPattern('(?:medium|moderate)', numbered('3')),
  low: levelPattern('low', numbered('[45]')),
};

/** A line that begins with the level in capitals, as logs and alerts do; for the text as it was written. */
const headings: Readonly<Record<Severity, RegExp>> = {
  critical: /(?:^|\n)[^\S\n]*(?:[#*>-]+[^\S\n]*)?(?:CRITICAL|Critical[^\S\n]*[:!])(?![\p{L}\p{N}_])/u,
  high: /(?:^|\n)[^\S\n]*(?:[#*>-]+[^\S\n]*)?(?:HIGH|High[^\S\n]*:)(?![\p{L}\p{N}_])/u,
  medium: /(?:^|\n)[^\S\n]*(?:[#*>-]+[^\S\n]*)?(?:MEDIUM|Medium[^\S\n]*:)(?![\p{L}\p{N}_])/u,
  low: /(?:^|\n)[^\S\n]*(?:[#*>-]+[^\S\n]*)?(?:LOW|Low[^\S\n]*:)(?![\p{L}\p{N}_])/u,
};

/** Where `text` states a severity, in its own words; `folded` is the same text after case folding. */
export function severityIn(text: string, folded: string, severity: Severity): string | undefined {
  return (patterns[severity].exec(folded) ?? headings[severity].exec(text))?.[0]?.trim();
}

const unit = '(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?)';
const amount = '(?:\\d{1,4}|an?|one|two|three|four|five|six|ten|few|the~next(?:~\\d{1,4})?)';

const urgency: readonly RegExp[] = [
  pattern('urgent(?:ly)?|time[\\s-]sensitive|asap|a\\.s\\.a\\.p|as soon as possible|emergenc(?:y|ies)'),
  pattern(
    'critical~(?:time~)?window|(?:closing|narrow)~window|(?:hard~|the~|a~|our~|my~|tight~|strict~)?deadlines?',
  ),
  pattern('immediately|without delay|at once|right away|straight away'),
  // Not relatives, and not what lies next to something.
  pattern(
    'immediate(?!~(?:famil|neighbou?r|predecessor|successor|superior|parent|child|vicinity|surrounding|relative|mode|value|operand|constituent)\\p{L}*)~\\p{L}{2,}',
  ),
  pattern(
    `(?:within|in)~(?:the~next~)?${amount}~(?:more~)?${unit}~(?:or~(?:less|we|it|the)|at~most|max)|within~(?:the~next~)?${amount}~(?:more~)?${unit}`,
  ),
  pattern(
    'due~(?:today|tonight|tomorrow|now|in~\\d{1,3})|by~(?:eod|cob|end~of~(?:the~)?(?:day|business)|tonight)',
  ),
  pattern('expir(?:es|ing)~(?:today|tonight|tomorrow|soon|in~\\d{1,4})'),
  // `now` settles nothing by itself: what is wanted at once stands before it, or nothing follows it.
  pattern(
    'right now|now or never|need(?:s|ed)?~(?:\\S{1,20}\\s){0,3}?now|(?:act|respond|reply|answer|decide|stop|hurry|go|leave|evacuate)~now',
  ),
  /(?<![\p{L}\p{N}_])(?:fix|do|send|call|help|restore|resolve|escalate|deploy|roll ?back|restart|block|approve|start|run|get|give|handle)\s(?:[\p{L}'-]{1,20}\s){0,4}now(?=\s*(?:[!.,;]|$))/u,
  /(?<![\p{L}\p{N}_])(?<!(?:by|until|till|for|from|just|even|before|since|up to|as of|until|are|is|do)\s)now\s*!/u,
  pattern(
    'urgente(?:mente)?|dringend|sofort|umgehend|unverzuglich|unverzüglich|immédiatement|inmediatamente|immediatamente|imediatamente|срочно|немедленно',
  ),
  /紧急|緊急|紧迫|至急|立即|马上|긴급|당장/u,
];

/** Makes the patterns ready: the first use of each is the slow one. */
export function warmUpEventWords(): void {
  for (const severity of severities) severityIn('', '', severity);
  urgencyIn('');
}

/** Where a folded text says that something cannot wait, in its own words. */
export function urgencyIn(folded: string): string | undefined {
  for (const each of urgency) {
    const found = each.exec(folded)?.[0];
    if (found !== undefined) return found.trim();
  }
  return undefined;
}
