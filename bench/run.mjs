#!/usr/bin/env node
/**
 * `node bench/run.mjs [NAME …] [--json] [--quick] [--check]`: runs benches and prints tables with the
 * targets. `--json`: the last line of output is one JSON object. `--quick`: shorter and less certain.
 * `--check`: exit code 1 if a target is missed.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { pinning } from './lib/processes.mjs';
import { formatTable, isMet, targetTable, toJson } from './lib/report.mjs';

const names = ['decision', 'growth', 'signals', 'loop', 'start', 'reload', 'overhead'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`There is no bench "${unknown}". Benches: ${names.join(', ')}.`);
  process.exit(2);
}

const machine = {
  cores: availableParallelism(),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  pinned: pinning,
};
/** @type {Record<string, object>} */
const results = {};
let missed = false;

for (const name of positionals.length > 0 ? positionals : names) {
  const { bench } = /** @type {{bench: import('./lib/report.mjs').Bench}} */ (await import(`./${name}.mjs`));
  console.log(`## ${bench.name}: ${bench.summary}\n`);
  const result = await bench.run({ quick: values.quick, log: (line) => console.error(`… ${line}`) });
  for (const table of result.tables) console.log(formatTable(table));
  console.log(formatTable(targetTable(result.targets)));
  for (const line of result.skipped ?? []) console.log(`Skipped: ${line}`);
  missed ||= result.targets.some((target) => isMet(target) === false);
  results[name] = { bench: name, machine, quick: values.quick, ...toJson(result) };
}

if (values.json) {
  const [only] = positionals;
  console.log(
    JSON.stringify(positionals.length === 1 && only ? results[only] : { machine, benches: results }),
  );
}
process.exit(values.check && missed ? 1 : 0);
