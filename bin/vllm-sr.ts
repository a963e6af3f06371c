#!/usr/bin/env node
import { runCli } from '../src/cli.js';
import { endSoon, processContext } from '../src/commands/process-context.js';

const context = processContext();
// `exitCode` instead of `exit()`: output still in a pipe is written before the process ends.
process.exitCode = await runCli(process.argv.slice(2), context);
endSoon(context.signal, process.exitCode);
