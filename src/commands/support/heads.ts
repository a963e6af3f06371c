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
import type { ModelPlan } from '../../runtime/models/assignment.js';
import type { ModelThresholds } from '../../runtime/models/thresholds.js';
import { domainModel } from '../../runtime/signals/domain-category.js';
import { decimal, type Palette, plural } from './output.js';
import { renderTable } from './table.js';

export interface HeadsInput {
  readonly text: string;
  readonly encoder: Encoder;
  /** Which models answer instead of the embedded ones. Left out: none. */
  readonly plan?: ModelPlan;
  /** Of the configuration. Left out: the models' own hold. */
  readonly thresholds?: ModelThresholds;
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
    // Of one model: each cuts a text where it has to.
    const guard = encoder.tokenHeads.has(modelNames.pii) ? modelNames.pii : modelNames.jailbreak;
    const { windows } = await encoder.scan(text, { wants: [guard] });
    const { encoded } = await encoder.encode(text, { wants: [domainModel] });
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
        nameOf(head, input),
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

/** The head, and the model that answers for it if it is not the embedded one. */
function nameOf(head: string, { plan }: HeadsInput): string {
  const model = plan?.assignments.find(({ replaces }) => replaces === head)?.entry.name;
  return model === undefined || model === head ? head : `${head} (${model})`;
}

async function readHead(head: string, { text, encoder, thresholds = {} }: HeadsInput): Promise<HeadRow> {
  const models: ClassifierModels = { encoder, pair: undefined, thresholds };
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
      const { encoded } = await encoder.encode(text, { wants: [head] });
      const output = encoded.heads.get(head);
      const { label, probability } = topLabel(output ?? { labels: [], probabilities: [] });
      const own = head === domainModel ? thresholds.domain : undefined;
      return { head, label, confidence: probability, threshold: own ?? output?.threshold, alarming: false };
    }
  }
}

async function personalData({ text, encoder, width, palette, thresholds = {} }: HeadsInput): Promise<string> {
  const { entities } = await classifyPii(text, { encoder, pair: undefined, thresholds });
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
