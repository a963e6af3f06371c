/**
 * The report of policy tests as JUnit XML, which CI servers read.
 *
 * @module
 */
import { alternativeText } from '../alternatives.js';
import type { CaseResult } from './run.js';
import { countsOf, countsOfRun, failureLines, type TestRun } from './summary.js';

/** The document, ending with a line break. */
export function junitReport(run: TestRun): string {
  const { total, failed, skipped } = countsOfRun(run);
  const suites = run.files.map(({ file, config, cases }) => {
    const counts = countsOf(cases);
    const time = cases.reduce((sum, result) => sum + millisecondsOf(result), 0);
    const coverage = run.coverage.find((each) => each.config === config.source)?.coverage;
    const properties = [
      ['config', config.source],
      ['config_hash', config.hash],
      ...(coverage === undefined ? [] : [['coverage', coverage.share.toFixed(4)]]),
    ].map(
      ([name = '', value = '']) =>
        `      <property name="${escapeXml(name)}" value="${escapeXml(value)}"/>\n`,
    );
    return [
      `  <testsuite name="${escapeXml(file)}" tests="${counts.total}" failures="${counts.failed}" errors="0" skipped="${counts.skipped}" time="${seconds(time)}">\n`,
      `    <properties>\n${properties.join('')}    </properties>\n`,
      ...cases.map((result) => caseXml(result, file)),
      '  </testsuite>\n',
    ].join('');
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites name="vllm-sr test" tests="${total}" failures="${failed}" errors="0" skipped="${skipped}" time="${run.seconds.toFixed(3)}">\n`,
    ...suites,
    '</testsuites>\n',
  ].join('');
}

function caseXml(result: CaseResult, file: string): string {
  const line = result.line === undefined ? '' : ` line="${result.line}"`;
  const open = `    <testcase name="${escapeXml(result.name)}" classname="${escapeXml(file)}" file="${escapeXml(file)}"${line} time="${seconds(millisecondsOf(result))}"`;
  if (result.status === 'passed') return `${open}/>\n`;
  if (result.status === 'skipped') {
    return `${open}>\n      <skipped message="${escapeXml(result.reason)}"/>\n    </testcase>\n`;
  }
  const lines = failureLines(result);
  const body = [...lines, ...detailLines(result)].join('\n');
  const type = result.status === 'broken' ? 'broken' : 'expectation';
  return `${open}>\n      <failure message="${escapeXml(lines.join('; '))}" type="${type}">${escapeXml(body, false)}</failure>\n    </testcase>\n`;
}

function detailLines(result: CaseResult): string[] {
  if (result.status !== 'failed') return [];
  const { text, verdict, nearest, router } = result;
  return [
    `prompt: ${text}`,
    ...(verdict === undefined ? [] : [`why: ${verdict}`]),
    ...(nearest === undefined
      ? []
      : [`nearest: ${alternativeText(nearest, router.loaded.config.defaultModel)}`]),
  ];
}

function millisecondsOf(result: CaseResult): number {
  return 'milliseconds' in result ? result.milliseconds : 0;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** XML 1.0 knows no way to write most control characters and half characters; attributes lose line breaks. */
function escapeXml(text: string, attribute = true): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(attribute ? /[&<>"\n]/g : /[&<>]/g, (character) => entities[character] ?? character);
}
