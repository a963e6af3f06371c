/**
 * What `doctor` says of the models that a configuration uses: each is loaded, and run on texts of two lengths.
 *
 * @module
 */
import type { LoadedConfig } from '../../../runtime/config/types.js';
import { messageOf } from '../../../runtime/errors.js';
import { type OpenModels, openModels } from '../../../runtime/inference/open-models.js';
import { detectorModel, nliModel, verifierModel } from '../../../runtime/inference/pair-encoder.js';
import type { ModelReport } from '../../../runtime/inference/report.js';
import { nearestRank } from '../../../runtime/math/quantiles.js';
import type { ModelPlan } from '../../../runtime/models/assignment.js';
import type { Finding, MeasuredModel, TextTime } from './report.js';

export interface ModelFindings {
  readonly findings: readonly Finding[];
  readonly models: readonly MeasuredModel[];
}

/** Tokens of the texts that are timed. */
const lengths = [64, 512];
/** Runs per length; the median counts. */
const runsPerLength = 3;

/**
 * Loads the models of a plan one after the other and measures them. The embedded ones are among them if rules
 * read them.
 */
export async function examineModels(
  plan: ModelPlan,
  { config }: LoadedConfig,
  rulesReadModels: boolean,
): Promise<ModelFindings> {
  const { fallback } = config.modelCatalog;
  const findings: Finding[] = plan.missing.map(({ entry, reason, standIn, pull }) => ({
    area: 'models',
    name: entry.name,
    level: fallback === 'none' || standIn === undefined ? 'failed' : 'warning',
    message: standIn === undefined ? reason : `${reason} The embedded ${standIn} answers meanwhile.`,
    ...(pull.length === 0 ? {} : { hint: `vllm-sr models pull ${pull.map(({ name }) => name).join(' ')}` }),
  }));
  let open: OpenModels;
  try {
    // Every text is run, and by one worker, so that what is measured is one run.
    const settings = { ...config.inference, cacheEntries: 0, workers: 1, fallback: 'none' } as const;
    open = openModels(plan, settings);
  } catch (error) {
    return {
      findings: [
        ...findings,
        { area: 'models', name: 'embedded models', level: 'failed', message: messageOf(error) },
      ],
      models: [],
    };
  }
  try {
    const models: MeasuredModel[] = [];
    for (const [index, { source, input }] of open.report().entries()) {
      // Pairs are read when the management API or a plugin asks, not by rules.
      const used = source !== 'embedded' || (rulesReadModels && input === 'text');
      if (used) models.push(await measured(open, index));
    }
    return { findings: [...findings, ...models.map((model) => findingOf(model, fallback))], models };
  } finally {
    await open.close();
  }
}

async function measured(open: OpenModels, index: number): Promise<MeasuredModel> {
  const report = (): ModelReport => {
    const found = open.report()[index];
    if (found === undefined) throw new Error('a model has gone while it was measured');
    return found;
  };
  const before = process.memoryUsage().rss;
  const times: TextTime[] = [];
  let memoryBytes: number | undefined;
  try {
    const ask = questionTo(open, report());
    await ask('hello');
    memoryBytes = Math.max(0, process.memoryUsage().rss - before);
    for (const length of lengths) {
      const longest = report().maxTokens ?? length;
      if (length > longest && times.length > 0) continue;
      times.push(await timeOf(Math.min(length, longest), ask, report));
    }
  } catch {
    // What went wrong is in the report.
  }
  return { ...report(), times, memoryBytes };
}

/** Runs a model on a text; tells how many tokens that had, as far as the model says. */
type Ask = (text: string) => Promise<number | undefined>;

function questionTo({ encoder, pair }: OpenModels, { input, outputs }: ModelReport): Ask {
  if (input === 'text') {
    return async (text) => (await encoder.encode(text, { wants: outputs })).encoded.tokens;
  }
  return async (text) => {
    if (outputs.includes(nliModel)) await pair.nli(text, 'It is so.');
    else if (outputs.includes(detectorModel)) await pair.detect(text, '', 'It is so.');
    else if (outputs.includes(verifierModel)) await pair.verify(text, '{"name": "it"}');
    return undefined;
  };
}

/** Words that most vocabularies hold whole. */
const words = 'what is the time of day and who are you to say that it was not so'.split(' ');

function textOf(count: number): string {
  return Array.from({ length: count }, (_, i) => words[i % words.length]).join(' ');
}

/** Room for special tokens, and for the second text of a pair. */
const reserved = 12;

async function timeOf(length: number, ask: Ask, report: () => ModelReport): Promise<TextTime> {
  let count = Math.max(1, length - reserved);
  const tokens = await ask(textOf(count));
  // Vocabularies differ in how many tokens these words take.
  if (tokens !== undefined && tokens > 2)
    count = Math.max(1, Math.floor((count * (length - 2)) / (tokens - 2)));
  const times: number[] = [];
  let found = tokens;
  for (let run = 0; run < runsPerLength; run++) {
    found = await ask(textOf(count));
    times.push(report().lastRunMs ?? 0);
  }
  times.sort((a, b) => a - b);
  return {
    tokens: Math.min(found ?? length, report().maxTokens ?? length),
    milliseconds: nearestRank(times, 0.5) ?? 0,
  };
}

function findingOf(model: MeasuredModel, fallback: 'embedded' | 'none' | undefined): Finding {
  const { name, input, state, problem, provider, refused, replaces, source } = model;
  const finding = { area: 'models', name: input === 'pair' ? `${name} (pairs)` : name } as const;
  if (state === 'failed') {
    const spared = fallback !== 'none' && replaces !== undefined;
    const instead = spared ? ` The embedded ${replaces} answers instead.` : '';
    return {
      ...finding,
      level: spared ? 'warning' : 'failed',
      message: `${(problem ?? 'it cannot run').replace(/\.$/, '')}.${instead}`,
      hint:
        source === 'folder'
          ? 'Mend the files in its folder, or name another model.'
          : `Check its files with \`vllm-sr models verify ${name}\`, or pull it again.`,
    };
  }
  const better = refused.map(({ reason }) => reason).join(' ');
  const place = replaces === undefined ? '' : `, in the place of the embedded ${replaces}`;
  return {
    ...finding,
    level: 'ok',
    message: `runs on ${provider ?? 'nothing'}${place}${better === '' ? '' : `; ${better}`}`,
  };
}
