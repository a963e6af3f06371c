/**
 * The difference between two configurations for people.
 *
 * @module
 */
import { defaultRecipe } from '../../../runtime/decision/routing-of.js';
import {
  type BeforeAfter,
  nobody,
  type Place,
  type TrafficDiff,
} from '../../../runtime/policy/traffic-diff.js';
import { decimal, type Palette, plural } from '../output.js';
import { percentText } from '../share.js';
import { renderTable } from '../table.js';
import { oneLine, wrap } from '../text.js';

export interface DiffText {
  readonly diff: TrafficDiff;
  readonly before: string;
  readonly after: string;
  readonly assumedTokens: number;
  readonly width: number | undefined;
  readonly palette: Palette;
}

/** Moves that are listed; the JSON has all. */
const mostMoves = 20;

/** The whole report, ending with a line break. */
export function diffReport(input: DiffText): string {
  const sections = [summary(input), moves(input), examples(input), tallies(input), cost(input), speed(input)];
  return sections.filter((text) => text !== '').join('\n');
}

function summary({ diff, before, after, palette }: DiffText): string {
  const { requests, moved, moved_share: share, changed } = diff;
  const paint = moved === 0 ? palette.green : palette.yellow;
  const head = paint(
    palette.bold(`${moved} of ${plural(requests, 'request')} would move (${percentText(share)})`),
  );
  const parts = [
    [changed.decision, 'change their decision'],
    [changed.model, 'their model'],
    [changed.reasoning, 'their reasoning'],
    [changed.plugins, 'their plugins'],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, what]) => `${count} ${what}`);
  return `${head}  ${palette.dim(`${before} → ${after}`)}\n${parts.length === 0 ? '' : `${parts.join(', ')}\n`}`;
}

function moves({ diff, width, palette }: DiffText): string {
  const shown = diff.moves.slice(0, mostMoves);
  const table = renderTable(
    [
      { header: 'requests', align: 'right' },
      { header: 'share', align: 'right' },
      { header: 'from' },
      { header: 'to', flexible: true },
    ],
    shown.map(({ count, share, from, to }) => [
      String(count),
      percentText(share),
      placeText(from),
      placeText(to),
    ]),
    { width, indent: 2, paintHeader: palette.dim },
  );
  if (table === '') return '';
  const more = diff.moves.length - shown.length;
  return `${palette.bold('Moves')}\n${table}${more > 0 ? `  and ${plural(more, 'other')}; --json lists all\n` : ''}`;
}

function placeText({ decision, model }: Place): string {
  return `${decision ?? nobody} (${model ?? 'no model'})`;
}

function examples({ diff, width, palette }: DiffText): string {
  const lines = diff.moves
    .slice(0, mostMoves)
    .flatMap((move) =>
      move.examples.map(({ line, text }) => [
        String(line),
        `${placeText(move.from)} → ${placeText(move.to)}`,
        text,
      ]),
    );
  const refined = diff.refined.map(({ line, text }) => [String(line), 'reasoning or plugins only', text]);
  const table = renderTable(
    [{ header: 'line', align: 'right' }, { header: 'move' }, { header: 'prompt', flexible: true }],
    [...lines, ...refined],
    { width: width ?? 160, indent: 2, paintHeader: palette.dim },
  );
  return table === '' ? '' : `${palette.bold('Examples')}\n${table}`;
}

/** Empty if nothing but the rules under `routing` decided. */
function recipesOf({ recipes }: TrafficDiff): TrafficDiff['recipes'] {
  return Object.keys(recipes).every((name) => name === defaultRecipe) ? {} : recipes;
}

function tallies({ diff, width, palette }: DiffText): string {
  const rows = [
    ...rowsOf('model', diff.models, diff.requests),
    ...rowsOf('decision', diff.decisions, diff.requests),
    ...rowsOf('recipe', recipesOf(diff), diff.requests),
    ...rowsOf('plugin', diff.plugins, diff.requests),
    ...rowsOf('reasoning', { '': diff.reasoning }, diff.requests),
  ];
  const table = renderTable(
    [
      { header: '' },
      { header: 'name', flexible: true },
      { header: 'before', align: 'right' },
      { header: 'after', align: 'right' },
      { header: 'change', align: 'right' },
    ],
    rows,
    { width, indent: 2, paintHeader: palette.dim },
  );
  return table === '' ? '' : `${palette.bold('Who answers')}\n${table}`;
}

function rowsOf(kind: string, tally: Readonly<Record<string, BeforeAfter>>, requests: number): string[][] {
  const share = (count: number) => `${count} (${percentText(requests === 0 ? 0 : count / requests)})`;
  return Object.entries(tally)
    .filter(([, { before, after }]) => before + after > 0)
    .map(([name, { before, after }]) => [kind, name, share(before), share(after), signed(after - before, 0)]);
}

function cost({ diff, assumedTokens, width, palette }: DiffText): string {
  const { requests, tokens, unpriced } = diff;
  const prices = Object.entries(diff.cost);
  if (prices.length === 0) return '';
  const lines = prices.map(([currency, { before, after }]) => {
    const change = before === 0 ? '' : ` (${signed((100 * (after - before)) / before, 1)} %)`;
    const per = requests === 0 ? 0 : (1000 * (after - before)) / requests;
    return `  ${currency} ${money(before)} → ${money(after)}, ${signed(after - before, 6)}${change}; ${signed(per, 4)} per 1000 requests\n`;
  });
  const assumptions = [
    'prompt tokens by estimate unless the row has usage.prompt_tokens',
    tokens.assumed === 0
      ? 'completion tokens as the rows say'
      : `${assumedTokens} completion tokens for the ${plural(tokens.assumed, 'row')} without usage.completion_tokens (--completion-tokens)`,
    'the same answer length for every model, reasoning or not',
    ...(unpriced.before + unpriced.after === 0
      ? []
      : [
          `without ${plural(unpriced.before, 'request')} before and ${unpriced.after} after to models without \`pricing\``,
        ]),
  ].join('; ');
  const note = width === undefined ? [assumptions] : wrap(assumptions, Math.max(20, width - 2));
  return `${palette.bold('Cost')}\n${lines.join('')}${note.map((line) => `  ${palette.dim(line)}\n`).join('')}`;
}

function money(amount: number): string {
  return amount
    .toPrecision(4)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

function signed(value: number, digits: number): string {
  const text = decimal(value, digits);
  return value > 0 && text !== '0' ? `+${text}` : text;
}

function speed({ diff, palette }: DiffText): string {
  const { before, after } = diff.signals_ms;
  const pair = (name: 'p50' | 'p95') =>
    `${name} ${decimal(before[name], 2)} → ${decimal(after[name], 2)} ms (${signed(after[name] - before[name], 2)})`;
  const encoder = `encoder pass for ${diff.encoder.before} → ${diff.encoder.after} requests`;
  const missing = Object.entries(diff.unavailable).map(
    ([signal, { before: was, after: is }]) =>
      `  ${palette.yellow('Unavailable')}  ${oneLine(signal)} for ${was} → ${is} requests\n`,
  );
  return `${palette.bold('Signals')}\n  ${pair('p50')}, ${pair('p95')}; ${encoder}\n${missing.join('')}`;
}
