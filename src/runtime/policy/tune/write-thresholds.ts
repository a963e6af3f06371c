/**
 * Puts thresholds into the text of a configuration file. Everything else stays as it was written, byte for byte.
 *
 * @module
 */
import { isMap, isScalar, type YAMLMap } from 'yaml';
import { Findings } from '../../config/diagnostics.js';
import { parseSource } from '../../config/document.js';
import { findPair, itemsAt, nodeOf, textOf } from '../../config/nodes.js';
import { defaultRecipe } from '../../decision/routing-of.js';
import { VsrError } from '../../errors.js';
import { familyOfType } from '../../signals/index.js';

export interface NewThreshold {
  /** That the rule belongs to. */
  readonly recipe: string;
  readonly type: string;
  readonly name: string;
  readonly threshold: number;
}

interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * The text with the thresholds in it.
 *
 * @throws VsrError `VSR_INPUT_INVALID` if a rule cannot be found or its threshold is no plain number there.
 */
export function withThresholds(text: string, source: string, thresholds: readonly NewThreshold[]): string {
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  const root = parseSource(text, new Findings())?.root;
  const splices = thresholds.map((each) => spliceFor(root, text.slice(start), source, each));
  const taken = new Set(splices.map(({ from }) => from));
  if (taken.size < splices.length) {
    throw refused(source, 'two of the rules share one threshold through an anchor', 'Write them out.');
  }
  return splices
    .sort((a, b) => b.from - a.from)
    .reduce((edited, { from, to, text: put }) => {
      return edited.slice(0, start + from) + put + edited.slice(start + to);
    }, text);
}

function spliceFor(
  root: unknown,
  text: string,
  source: string,
  { recipe, type, name, threshold }: NewThreshold,
): Splice {
  const label = `${type} \`${name}\``;
  const family = familyOfType(type);
  const block = routingBlock(root, recipe);
  const rules = family === undefined ? [] : itemsAt(block, 'signals', family.configKey);
  const rule = rules.find((item) => textOf(nodeOf(item, 'name')) === name);
  if (!isMap(rule)) {
    throw refused(
      source,
      `the rule of ${label} does not stand under ${placeOf(recipe)}`,
      `If the file has an older layout, rewrite it first: vllm-sr config migrate --config ${source} --output ${source} --force`,
    );
  }
  const node = nodeOf(rule, 'threshold');
  if (node === undefined) return insertion(rule, text, source, label, threshold);
  const range = isScalar(node) ? node.range : undefined;
  if (!range || typeof nodeValue(node) !== 'number') {
    throw refused(source, `the threshold of ${label} is no plain number`, 'Write the number into the file.');
  }
  return { from: range[0], to: range[1], text: String(threshold) };
}

/** `routing` of the file, or that of a recipe. */
function routingBlock(root: unknown, recipe: string): unknown {
  if (recipe === defaultRecipe) return nodeOf(root, 'routing');
  const entry = itemsAt(root, 'recipes').find((item) => textOf(nodeOf(item, 'name')) === recipe);
  return nodeOf(entry, 'routing');
}

function placeOf(recipe: string): string {
  return recipe === defaultRecipe ? 'routing.signals' : `routing.signals of recipe \`${recipe}\``;
}

function nodeValue(node: unknown): unknown {
  return isScalar(node) ? node.value : undefined;
}

/** A rule without a threshold gets one behind its name, in the style of the rule. */
function insertion(rule: YAMLMap, text: string, source: string, label: string, threshold: number): Splice {
  const pair = findPair(rule, 'name');
  const key = isScalar(pair?.key) ? pair.key.range : undefined;
  const value = isScalar(pair?.value) ? pair.value.range : undefined;
  if (!key || !value) throw refused(source, `the name of ${label} comes from elsewhere`, 'Write it out.');
  const [, end] = value;
  if (rule.flow === true) return { from: end, to: end, text: `, threshold: ${threshold}` };
  const lineStart = text.lastIndexOf('\n', key[0] - 1) + 1;
  const indent = ' '.repeat(key[0] - lineStart);
  const lineEnd = text.indexOf('\n', end);
  const ending = text[(lineEnd < 0 ? text.length : lineEnd) - 1] === '\r' ? '\r\n' : '\n';
  const at = lineEnd < 0 ? text.length : lineEnd + 1;
  const line = `${indent}threshold: ${threshold}${ending}`;
  return { from: at, to: at, text: lineEnd < 0 ? `${ending}${line}` : line };
}

function refused(source: string, what: string, hint: string): VsrError {
  return new VsrError('VSR_INPUT_INVALID', `${source} was left as it is: ${what}.`, { hint });
}
