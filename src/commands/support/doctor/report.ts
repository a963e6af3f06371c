/**
 * What `doctor` has found, for people and for programs.
 *
 * @module
 */
import type { ModelReport } from '../../../runtime/inference/report.js';
import type { Palette } from '../output.js';
import { renderTable } from '../table.js';

/** `failed`: something that the configuration needs does not work. */
export type Level = 'ok' | 'note' | 'warning' | 'failed';

export type Area = 'machine' | 'configuration' | 'models' | 'hub' | 'ports' | 'upstreams';

export interface Finding {
  readonly area: Area;
  /** What was looked at, e.g. `Node.js` or `127.0.0.1:8899`. */
  readonly name: string;
  readonly level: Level;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** How long one text of about a length takes. */
export interface TextTime {
  /** Of the text, special ones included. */
  readonly tokens: number;
  readonly milliseconds: number;
}

/** A model, and what was measured of it. */
export interface MeasuredModel extends ModelReport {
  readonly times: readonly TextTime[];
  /** By how much the memory of the process grew while it was loaded, bytes; undefined if it was not. */
  readonly memoryBytes: number | undefined;
}

export interface DoctorReport {
  readonly ok: boolean;
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly onnxruntime: string;
  readonly offline: boolean;
  readonly findings: readonly Finding[];
  readonly models: readonly MeasuredModel[];
}

const titles: Readonly<Record<Area, string>> = {
  machine: 'Machine',
  configuration: 'Configuration',
  ports: 'Ports',
  models: 'Models',
  hub: 'Hub',
  upstreams: 'Upstreams',
};

const areas: readonly Area[] = ['machine', 'configuration', 'ports', 'models', 'hub', 'upstreams'];

/** The report as text, ending with the verdict. */
export function renderReport(report: DoctorReport, palette: Palette): string {
  // Why a provider is not used is said once, of the machine.
  const told = report.findings.filter(({ area }) => area === 'machine').map(({ message }) => message);
  const parts = areas.map((area) => {
    const findings = report.findings.filter((finding) => finding.area === area);
    const table = area === 'models' ? modelTable(report.models, palette) : '';
    if (findings.length === 0 && table === '') return '';
    return `${palette.bold(titles[area])}\n${findings.map((finding) => lineOf(finding, told, palette)).join('')}${table}\n`;
  });
  return `${parts.join('')}${verdict(report, palette)}\n`;
}

const indent = ' '.repeat(11);

function lineOf(finding: Finding, told: readonly string[], palette: Palette): string {
  const { name, level, hint } = finding;
  const paint = { ok: palette.green, note: palette.dim, warning: palette.yellow, failed: palette.red }[level];
  const advice = hint === undefined ? '' : `${indent}${palette.dim(hint)}\n`;
  return `  ${paint(level.padEnd(8))} ${name}: ${textOf(finding, told)}\n${advice}`;
}

/** The message behind the name, which need not say it again; further lines stand under the first. */
function textOf({ area, name, message }: Finding, told: readonly string[]): string {
  const own = `\`${name}\` `;
  let text = message.startsWith(own) ? message.slice(own.length) : message;
  text = text.replace(` in ${name}:\n`, ':\n');
  if (area === 'models') {
    for (const reason of told) text = text.replace(reason, '');
    text = text.replace(/[;\s]+$/, '');
  }
  return text.replaceAll('\n', `\n${indent}`);
}

function modelTable(models: readonly MeasuredModel[], palette: Palette): string {
  const loaded = models.filter(({ state }) => state === 'ready');
  return renderTable(
    [
      { header: 'model' },
      { header: 'runs on' },
      { header: 'load', align: 'right' },
      { header: 'memory', align: 'right' },
      { header: 'time per text' },
    ],
    loaded.map(({ name, input, provider, loadMs, memoryBytes, times }) => [
      input === 'pair' ? `${name} (pairs)` : name,
      provider ?? '',
      loadMs === undefined ? '' : `${Math.round(loadMs)} ms`,
      memoryBytes === undefined ? '' : `${Math.round(memoryBytes / 1e6)} MB`,
      times.map(({ tokens, milliseconds }) => `${milliseconds.toFixed(1)} ms (${tokens} tokens)`).join(', '),
    ]),
    { width: undefined, indent: 2, paintHeader: palette.dim },
  );
}

function verdict({ findings, ok }: DoctorReport, palette: Palette): string {
  const count = (level: Level): number => findings.filter((finding) => finding.level === level).length;
  const problems = count('failed');
  const warnings = count('warning');
  const beside = warnings === 0 ? '' : `, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  if (ok) return `${palette.green('Everything that is needed works')}${beside}.`;
  return `${palette.red(`${problems} ${problems === 1 ? 'thing does' : 'things do'} not work`)}${beside}.`;
}
