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
/** What a level names directly: `high severity`, `low-priority ticket`. Not risk, of which medicine has many. */
const rated =
  '(?:severity|sev|priority|prio|urgency|criticality|importance|alert|threat|incident|vulnerability|finding|defect|outage|alarm)s?';
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

/** Numbers of the scales that operators use: 0 and 1 are critical, 4 and beyond low. `P2` alone may be a point. */
const numbered = (digits: string) =>
  [
    `(?:sev|severity|priority|prio)~?${digits}`,
    `(?:priority|prio|severity|as|an?|this~is|open)~p${digits}(?=~\\p{L}|\\s*[.,:;!]|\\s*$)`,
    `p${digits}~(?:incident|issue|ticket|bug|alert|outage|problem|defect|event|page|escalation)s?`,
    `\\[p${digits}\\]`,
  ].join('|');

const criticalThings =
  '(?:errors?|failures?|bugs?|issues?|problems?|outages?|alarms?|warnings?|conditions?|situations?|systems?|events?|infrastructure|services?|state|status|emergency|patch|flaws?|breach|window|incidents?|alerts?|vulnerabilit(?:y|ies))';

const patterns: Readonly<Record<Severity, RegExp>> = {
  critical: levelPattern(
    'critical',
    `critical(?:ly)?~(?:[\\p{L}-]{1,20}\\s){0,2}?${criticalThings}`,
    `(?:is|are|was|were|remains?|becomes?|became|looks|highly|extremely|absolutely|mission|business|safety)~critical(?!\\s+(?!and|but|now|right|because|since|as)\\p{L})`,
    'critically~(?:low|damaged|degraded|overloaded)',
    numbered('[01]'),
  ),
  high: levelPattern('high', numbered('2')),
  medium: levelPattern('(?:medium|moderate)', numbered('3')),
  low: levelPattern('low', numbered('[45]')),
};

/** A line that begins with the level in capitals, as logs and alerts do; for the text as it was written. */
const headings: Readonly<Record<Severity, RegExp>> = {
  critical:
    /(?:^|\n)[^\S\n]*(?:[#*>-]+[^\S\n]*)?(?:CRITICAL|Critical[^\S\n]*[:!]|[Pp][01][^\S\n]*:)(?![\p{L}\p{N}_])/u,
  high: /(?:^|\n)[^\S\n]*(?:[#*>-]+[^\S\n]*)?(?:HIGH|High[^\S\n]*:|[Pp]2[^\S\n]*:)(?![\p{L}\p{N}_])/u,
  medium: /(?:^|\n)[^\S\n]*(?:[#*>-]+[^\S\n]*)?(?:MEDIUM|Medium[^\S\n]*:|[Pp]3[^\S\n]*:)(?![\p{L}\p{N}_])/u,
  low: /(?:^|\n)[^\S\n]*(?:[#*>-]+[^\S\n]*)?(?:LOW|Low[^\S\n]*:|[Pp][45][^\S\n]*:)(?![\p{L}\p{N}_])/u,
};

/** Where `text` states a severity, in its own words; `folded` is the same text after case folding. */
export function severityIn(text: string, folded: string, severity: Severity): string | undefined {
  return (patterns[severity].exec(folded) ?? headings[severity].exec(text))?.[0]?.trim();
}

const unit = '(?:seconds?|secs?|minutes?|mins?|hours?|hrs?)';
const amount = '(?:\\d{1,4}|an|one|two|three|four|five|six|ten|(?:a~)?few)';

/** Words that ask somebody to do something, in front of when it has to be done. */
const demand =
  '(?:needs?|needed|must|please|want|have~to|has~to|should|fix|do|send|call|help|restore|resolve|escalate|deploy|roll~?back|restart|block|approve|start|run|get|give|handle|act|respond|reply|answer|decide|stop|shut|contact|notify|page|leave|evacuate|come|take|check|look|hurry|go)';
const between = "(?:[\\p{L}\\p{N}'/-]{1,20}\\s){0,6}?";

const urgency: readonly RegExp[] = [
  pattern(
    'urgent(?:ly)?|urgency|time[\\s-]sensitive|asap|a\\.s\\.a\\.p|as soon as possible|deadlines?|now or never',
  ),
  // A department, a room or a kit for emergencies is none.
  pattern(
    '(?:this~is|we~have|it~is|it’s|its|in|have|an?~real|medical)~an?~emergency(?!~\\p{L})|emergency(?=\\s*[!:])|emergency~(?:patch|fix|change|response|shutdown|rollback|release|maintenance|situation|ticket|request)',
  ),
  pattern('critical~(?:time~)?window|(?:closing|narrow)~window'),
  // What happened at once is told in the same words as what has to: somebody must be asked to do it.
  pattern(`${demand}\\s${between}(?:immediately|right away|straight away|at once|without delay)`),
  pattern(`${demand}\\s${between}(?:right )?now(?=\\s*(?:[!.,;]|$))`),
  /(?:^|\n|[.!?:]\s)immediately[\s,]\s?(?!(?:after|before|following|prior|preceding|thereafter)(?!\p{L}))\p{L}/u,
  /(?<![\p{L}\p{N}_])(?:immediately|right away|right now|at once)\s*!/u,
  /(?<![\p{L}\p{N}_])(?<!(?:by|until|till|for|from|just|even|before|since|up to|as of|are|is|do)\s)now\s*!/u,
  pattern(
    'immediate~(?:action|attention|response|help|assistance|support|fix|escalation|intervention|evacuation|shutdown|rollback|danger|threat|need|priority|resolution|investigation|review|callback|release|reply|answer)s?',
  ),
  pattern(
    `within~(?:the~next~)?${amount}~(?:more~)?${unit}|in~(?:the~next~)?${amount}~${unit}~(?:or~(?:less|we|it|the)|at~most|max)`,
  ),
  pattern(
    'due~(?:today|tonight|tomorrow|now)(?=\\s*[!.,;]|\\s*$)|by~(?:eod|cob|end~of~(?:the~)?(?:day|business)|tonight)|before~(?:eod|cob|midnight|tonight)',
  ),
  pattern('expir(?:es|ing)~(?:today|tonight|tomorrow|soon|in~\\d{1,4})'),
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
