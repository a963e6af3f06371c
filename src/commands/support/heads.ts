/**
 * Prints what every head of the embedded family says of one prompt, whether a decision asks for it or not.
 *
 * @module
 */
import { classifyFactCheck } from '../../runtime/classify/fact-check.js';
import { type ClassifierModels, modelNames } from '../../runtime/classify/models.js';
import { classifyPii } from '../../runtime/classify/pii.js';
import type { PiiEntity } from '../../runtime/classify/pii-merge.js';
import { topLabel } from '../../runtime/classify/reading.js';
import { classifySecurity } from '../../runtime/classify/security.js';
import { classifyToolCall } from '../../runtime/classify/tool-call.js';
import { messageOf } from '../../runtime/errors.js';
import type { Encoder } from '../../runtime/inference/types.js';
import { decimal, type Palette, plural } from './output.js';
import { renderTable } from './table.js';

export interface HeadsInput {
  readonly text: string;
  readonly encoder: Encoder;
  /** Terminal columns; undefined prints everything in full. */
  readonly width: number | undefined;
  readonly palette: Palette;
}

interface HeadRow {
  readonly head: string;
  readonly label: string;
  /** Undefined if the head has nothing to judge here. */
  readonly confidence: number | undefined;
  readonly threshold: number | undefined;
  /** A finding that a guard would act on. */
  readonly alarming: boolean;
}

/** The report, ending with a line break. A model that cannot run is said so, never left out. */
export async function headsReport(input: HeadsInput): Promise<string> {
  const { text, encoder, palette } = input;
  try {
    const { windows } = await encoder.scan(text);
    const { encoded } = await encoder.encode(text);
    const rows = await Promise.all(
      encoder.heads.filter((head) => !encoder.tokenHeads.has(head)).map((head) => readHead(head, input)),
    );
    const table = renderTable(
      [
        { header: 'head' },
        { header: 'label' },
        { header: 'confidence', align: 'right' },
        { header: 'threshold', align: 'right' },
      ],
      rows.map(({ head, label, confidence, threshold }) => [
        head,
        label,
        confidence === undefined ? '' : decimal(confidence),
        threshold === undefined ? '' : decimal(threshold),
      ]),
      {
        width: input.width,
        paintHeader: palette.dim,
        paint: (cell, row, column) =>
          rows[row]?.alarming === true && column === 1 ? palette.yellow(cell) : cell,
      },
    );
    const personal = encoder.tokenHeads.has(modelNames.pii) ? await personalData(input) : '';
    const note =
      windows.length > 1
        ? `\nLong text: guards and personal data read all of it in ${plural(windows.length, 'window')}; the other heads ${encoded.view === 'whole' ? 'read all of it' : 'read its head, middle and tail'}.\n`
        : '';
    return table + personal + note;
  } catch (error) {
    return `${palette.yellow('The heads of the embedded models cannot be shown')}: ${messageOf(error)}\n`;
  }
}

async function readHead(head: string, { text, encoder }: HeadsInput): Promise<HeadRow> {
  const models: ClassifierModels = { encoder, pair: undefined };
  switch (head) {
    case modelNames.jailbreak: {
      const { label, confidence, threshold, flagged } = await classifySecurity(text, models);
      return { head, label, confidence, threshold, alarming: flagged };
    }
    case modelNames.toolCall: {
      const { worst } = await classifyToolCall([{ source: 'prompt', text }], [], models);
      const { label = '', confidence = 0, threshold, flagged = false } = worst ?? {};
      return { head, label, confidence, threshold, alarming: flagged };
    }
    case modelNames.factCheck: {
      const { label, confidence, threshold } = await classifyFactCheck(text, models);
      return { head, label, confidence, threshold, alarming: false };
    }
    case modelNames.feedback:
      // Asked about a first prompt, it names some label with confidence: there is no answer to judge.
      return {
        head,
        label: 'needs an answer before it',
        confidence: undefined,
        threshold: undefined,
        alarming: false,
      };
    default: {
      const { encoded } = await encoder.encode(text);
      const output = encoded.heads.get(head);
      const { label, probability } = topLabel(output ?? { labels: [], probabilities: [] });
      return { head, label, confidence: probability, threshold: output?.threshold, alarming: false };
    }
  }
}

async function personalData({ text, encoder, width, palette }: HeadsInput): Promise<string> {
  const { entities } = await classifyPii(text, { encoder, pair: undefined });
  if (entities.length === 0) return `\n${palette.bold('Personal data')}  none found\n`;
  const table = renderTable(
    [
      { header: 'type' },
      { header: 'from', align: 'right' },
      { header: 'to', align: 'right' },
      { header: 'confidence', align: 'right' },
      { header: 'found by' },
      { header: 'text', flexible: true },
    ],
    entities.map((entity) => [
      entity.type,
      String(entity.start),
      String(entity.end),
      decimal(entity.confidence),
      foundBy(entity),
      text.slice(entity.start, entity.end),
    ]),
    { width, indent: 2, paintHeader: palette.dim },
  );
  return `\n${palette.bold('Personal data')}  ${plural(entities.length, 'place')}\n${table}`;
}

function foundBy({ source, recogniser, detail }: PiiEntity): string {
  if (source === 'model') return 'model';
  return detail === undefined ? (recogniser ?? source) : `${recogniser} (${detail})`;
}
