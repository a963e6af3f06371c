/**
 * Shares on the command line: `0.05` and `5%` are the same.
 *
 * @module
 */
import { VsrError } from '../../runtime/errors.js';

/** A share from 0 to 1; throws VSR_USAGE naming the option. */
export function shareOption(option: string, text: string): number;
export function shareOption(option: string, text: string | undefined): number | undefined;
export function shareOption(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits, percent] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*$/.exec(text) ?? [];
  const share = Number(digits) / (percent === '%' ? 100 : 1);
  if (digits !== undefined && share >= 0 && share <= 1) return share;
  throw new VsrError('VSR_USAGE', `--${option} is \`${text.slice(0, 40)}\`, which is no share.`, {
    hint: `Write a share from 0 to 1 or a per cent value, e.g. --${option} 0.95 or --${option} 95%.`,
  });
}

/** `12.5 %`, at most two decimals. */
export function percentText(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
