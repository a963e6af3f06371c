/**
 * Prints an evaluation for people: signals, decision, model, and what would have changed it.
 *
 * @module
 */

import { alternatives } from '../../runtime/decision/counterfactual-search.js';
import type { DecisionTrace, RuleTrace, SignalReport } from '../../runtime/decision/evaluation.js';
import { defaultRecipe } from '../../runtime/decision/routing-of.js';
import type { Edit } from '../../runtime/policy/edits.js';
import { type ExplainedRequest, measuredOf } from '../../runtime/policy/explanation.js';
import type { Plan, Router } from '../../runtime/selection/types.js';
import type { SignalOutcome } from '../../runtime/signals/types.js';
import { alternativeText } from './alternatives.js';
import { decimal, type Palette } from './output.js';
import { renderTable } from './table.js';
import { oneLine, wrap } from './text.js';

export interface ExplanationInput {
  readonly router: Router;
  readonly plan: Plan;
  /** Terminal columns; undefined prints everything in full. */
  readonly width: number | undefined;
  readonly palette: Palette;
  /** With it also margins, every decision with its rules, and sets of changes that were tried out. */
  readonly explained: ExplainedRequest | undefined;
}

/** The whole report, ending with a line break. */
export function explanation(input: ExplanationInput): string {
  const { plan, palette } = input;
  const traces = plan.evaluation.trace();
  const sections = [
    signalTable(input),
    outcomeText(input),
    section(palette.bold('What would have changed it'), changes(input), input.width),
    input.explained !== undefined
      ? section(
          palette.bold('Decisions, in the order in which they win'),
          decisionLines(traces, input),
          input.width,
        )
      : '',
  ];
  return sections.filter((text) => text !== '').join('\n');
}

const outcomeWords = { matched: 'matched', not_matched: 'no', unavailable: 'unavailable' } as const;

function signalTable({ plan, width, palette, explained }: ExplanationInput): string {
  const { signals } = plan.evaluation;
  if (signals.length === 0) return 'No decision asks for a signal.\n';
  const withMargin = explained !== undefined;
  const rows = signals.map((signal) => {
    const row = signalRow(signal);
    return withMargin ? row.toSpliced(5, 0, marginText(signal)) : row;
  });
  return renderTable(
    [
      { header: 'signal' },
      { header: 'name' },
      { header: 'outcome' },
      { header: 'score', align: 'right' },
      { header: 'threshold', align: 'right' },
      ...(withMargin ? ([{ header: 'margin', align: 'right' }] as const) : []),
      { header: 'ms', align: 'right' },
      { header: 'found', flexible: true },
    ],
    rows,
    {
      width,
      paintHeader: palette.dim,
      paint: (cell, row, column) => {
        const status = signals[row]?.outcome?.status;
        if (status === 'matched') return column <= 2 ? palette.green(cell) : cell;
        if (status === 'unavailable') return column === 2 ? palette.yellow(cell) : cell;
        return palette.dim(cell);
      },
    },
  );
}

function signalRow({ type, name, outcome, milliseconds }: SignalReport): string[] {
  if (outcome === undefined) return [type, name, 'not asked', '', '', '', ''];
  const time = milliseconds === undefined ? '' : milliseconds.toFixed(1);
  const word = outcomeWords[outcome.status];
  if (outcome.status === 'unavailable') return [type, name, word, '', '', time, outcome.reason];
  const { score, value, threshold, evidence = [] } = outcome;
  const measured = value ?? score;
  return [
    type,
    name,
    word,
    measured === undefined ? '' : decimal(measured, 2),
    threshold === undefined ? '' : decimal(threshold, 2),
    time,
    evidence.join(', '),
  ];
}

function marginText({ outcome }: SignalReport): string {
  const { margin } = measuredOf(outcome);
  return margin === undefined ? '' : `${margin > 0 ? '+' : ''}${decimal(margin)}`;
}

function outcomeText(input: ExplanationInput): string {
  const { plan, palette, router } = input;
  const { decision, confidence, matchedRules, category, milliseconds, encoderPasses } = plan.evaluation;
  const { recorded, recipe, via = [] } = plan.evaluation;
  const rows: (readonly [label: string, text: string])[] = [
    [
      'Decision',
      decision === undefined
        ? palette.yellow('none matched')
        : `${palette.bold(oneLine(decision.name))} (priority ${decision.priority}, confidence ${decimal(confidence, 2)})`,
    ],
    ['Model', modelText(plan, palette)],
    ['Why', whyText(plan.reason, matchedRules)],
  ];
  if (plan.reasoning?.why !== undefined) rows.push(['Thinking', plan.reasoning.why]);
  if (recorded.length > 0) rows.push(['Recorded', recorded.map(oneLine).join(', ')]);
  if (recipe !== undefined && recipe !== defaultRecipe) {
    rows.push(['Recipe', [...via.map((hop) => `${hop.recipe} (${hop.decision})`), recipe].join(' → ')]);
  }
  if (category !== undefined) rows.push(['Domain', category]);
  if (plan.plugins.length > 0) rows.push(['Plugins', plan.plugins.map(({ type }) => type).join(', ')]);
  if (plan.unavailablePlugins.length > 0) {
    rows.push([
      'Missing',
      palette.yellow(`plugins not in this version: ${plan.unavailablePlugins.join(', ')}`),
    ]);
  }
  rows.push([
    'Took',
    `${milliseconds.toFixed(1)} ms, ${encoderPasses} encoder ${encoderPasses === 1 ? 'pass' : 'passes'}`,
  ]);
  rows.push(['Config', `${router.loaded.source} (${router.loaded.hash.slice(0, 12)})`]);
  return rows.map(([label, text]) => hanging(`${label.padEnd(8)}  `, text, input.width)).join('');
}

function modelText({ target, reasoning, block }: Plan, palette: Palette): string {
  if (block !== undefined) return palette.yellow(`none: the request is refused (HTTP ${block.status})`);
  if (target === undefined)
    return palette.yellow('none: no decision names one and there is no default model');
  const { model, upstreamModelId } = target;
  const id = upstreamModelId === model.name ? '' : `, sent as ${upstreamModelId}`;
  const mode = reasoning?.enabled === true ? `, reasoning with effort ${reasoning.effort}` : '';
  return `${palette.bold(palette.cyan(model.name))}${id}${mode}`;
}

function whyText(reason: string, matchedRules: readonly string[]): string {
  return matchedRules.length === 0 ? reason : `${reason}; matched ${matchedRules.join(', ')}`;
}

/** As many as help: with more, nobody reads on. */
const mostChanges = 3;

function changes({ plan, router, explained }: ExplanationInput): string[] {
  const { config } = router.loaded;
  if (explained !== undefined && explained.alternatives.length > 0) {
    const { explanation: facts } = explained;
    return [
      ...explained.alternatives.map(({ alternative, edits }) =>
        oneLine(`${alternativeText(alternative, config.defaultModel)}.${editsText(edits)}`),
      ),
      ...(facts.counterfactuals_complete ? [] : ['The search was cut short: there may be smaller changes.']),
    ];
  }
  const { alternatives: found } = alternatives(config, plan.evaluation, { most: mostChanges });
  if (found.length > 0) {
    return found.map((alternative) => oneLine(`${alternativeText(alternative, config.defaultModel)}.`));
  }
  const losers = plan.evaluation.trace().filter(({ truth }) => truth !== 'true');
  const first = losers[0];
  if (first === undefined) return [];
  return [
    `No change of up to three signals. Nearest: \`${first.name}\` (priority ${first.priority}) ${first.verdict}.`,
  ];
}

function decisionLines(traces: readonly DecisionTrace[], { palette }: ExplanationInput): string[] {
  return traces.flatMap((trace) => {
    const won = trace.verdict.startsWith('won');
    const title = `\`${trace.name}\` (priority ${trace.priority}): ${trace.verdict}`;
    return [
      won ? palette.green(title) : title,
      ...(trace.rules === undefined ? [] : ruleLines(trace.rules, 1)),
    ];
  });
}

const truthMarks = { true: '+', false: '-', unknown: '?' } as const;

function ruleLines(rule: RuleTrace, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const mark = truthMarks[rule.truth];
  if (rule.kind === 'leaf')
    return [`${indent}${mark} ${rule.type} \`${rule.name}\`${leafText(rule.outcome)}`];
  return [
    `${indent}${mark} ${rule.operator}`,
    ...rule.children.flatMap((child) => ruleLines(child, depth + 1)),
  ];
}

/** `: 0.43 of 0.5`, where a condition compares numbers. */
function leafText(outcome: SignalOutcome | undefined): string {
  if (outcome?.status === 'unavailable') return `: unavailable (${outcome.reason})`;
  const { value, threshold, margin } = measuredOf(outcome);
  if (margin === undefined) return '';
  return `: ${decimal(value)} of ${decimal(threshold)} (${margin >= 0 ? 'ahead' : 'short'} by ${decimal(Math.abs(margin))})`;
}

/** What was tried out and gives that outcome. */
function editsText(edits: readonly Edit[] | undefined): string {
  if (edits === undefined || edits.length === 0) return '';
  const parts = edits.map((edit) => {
    if (edit.kind === 'threshold')
      return `\`threshold: ${edit.to}\` (now ${edit.from}) of ${edit.type} \`${edit.name}\``;
    const words = edit.words.map((word) => `\`${word}\``).join(', ');
    return edit.kind === 'add_words' ? `${words} in the prompt` : `no ${words} in the prompt`;
  });
  return ` Tried: ${parts.join(', and ')} does it.`;
}

function section(title: string, lines: readonly string[], width: number | undefined): string {
  if (lines.length === 0) return '';
  const indented = lines.map((line) => {
    const text = line.trimStart();
    return hanging(' '.repeat(2 + line.length - text.length), text, width);
  });
  return `${title}\n${indented.join('')}`;
}

/** `text` after a label; continuation lines start below it. Coloured text is left to the terminal to wrap. */
function hanging(label: string, text: string, width: number | undefined): string {
  if (width === undefined || text.includes('\u001b')) return `${label}${text}\n`;
  const lines = wrap(text, Math.max(20, width - label.length));
  return lines.map((line, index) => `${index === 0 ? label : ' '.repeat(label.length)}${line}\n`).join('');
}
