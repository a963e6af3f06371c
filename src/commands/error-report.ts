/**
 * Turns anything thrown into what the terminal shows: what happened, what to do, never a stack trace
 * unless asked for with `VLLM_SR_DEBUG=1`.
 *
 * @module
 */
import { isVsrError, messageOf, systemCode } from '../runtime/errors.js';

export interface ErrorReport {
  /** Ends with a line break. */
  readonly text: string;
  readonly exitCode: number;
}

/** Advice for errors of the operating system and the network, by their code. */
const systemAdvice: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied: check the owner and mode of the file, or use a port above 1023.',
  EPERM: 'The operating system refused: check permissions.',
  ENOENT: 'The file or folder does not exist: check the path.',
  EISDIR: 'That is a folder, not a file.',
  ENOSPC: 'The disk is full.',
  EMFILE: 'Too many open files: raise the limit (`ulimit -n`).',
  ENOTFOUND: 'The host name could not be resolved: check its spelling and the DNS.',
  ECONNREFUSED: 'Nothing listens there: check that the server runs and the port is right.',
  ETIMEDOUT: 'No answer in time: check the address and the firewall.',
};

/** Report for the CLI; `env` decides whether stack traces are shown. */
export function errorReport(error: unknown, env: Readonly<Record<string, string | undefined>>): ErrorReport {
  const lines: string[] = [];
  if (isVsrError(error)) {
    lines.push(`Error: ${error.message}`);
    if (error.hint !== undefined) lines.push(`Hint: ${error.hint}`);
    if (error.code === 'VSR_INTERNAL') lines.push('This is a bug. Please report it with the lines above.');
  } else {
    lines.push(`Error: ${messageOf(error)}`);
    const advice = systemAdvice[systemCode(error)];
    if (advice !== undefined) lines.push(`Hint: ${advice}`);
    else lines.push('This looks like a bug. Run again with VLLM_SR_DEBUG=1 and report what it prints.');
  }
  if (env.VLLM_SR_DEBUG === '1' && error instanceof Error && error.stack !== undefined) {
    lines.push(error.stack);
  }
  return { text: `${lines.join('\n')}\n`, exitCode: isVsrError(error) ? error.exitCode : 1 };
}
