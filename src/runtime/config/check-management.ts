/**
 * Checks who may use the management API.
 *
 * @module
 */
import type { Findings } from './diagnostics.js';
import type { Environment } from './interpolate.js';
import { at, listAt, textAt } from './raw.js';

export function checkManagement(raw: unknown, env: Environment, findings: Findings): void {
  const path = ['global', 'services', 'management_api', 'auth'];
  const auth = at(raw, ...path);
  const tokens = listAt(auth, 'tokens');
  const mode = textAt(auth, 'mode');
  if (mode === 'bearer' && tokens.length === 0) {
    const hint = 'add `tokens: [{env: NAME, role: operator}]`, and set that environment variable';
    findings.error([...path, 'mode'], '`mode: bearer` without `tokens` would lock everybody out', hint);
  }
  if (mode === 'disabled' && tokens.length > 0) {
    findings.warning(
      [...path, 'tokens'],
      '`tokens` are not used, because of `mode: disabled`',
      undefined,
      'key',
    );
    return;
  }
  tokens.forEach((token, index) => {
    const name = textAt(token, 'env');
    if (name === undefined || name === '' || (Object.hasOwn(env, name) && env[name] !== '')) return;
    findings.error(
      [...path, 'tokens', index, 'env'],
      `environment variable \`${name}\` is not set`,
      'set it to the token, or remove the entry',
    );
  });
}
