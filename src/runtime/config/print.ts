/**
 * A loaded configuration as YAML, without secrets.
 *
 * @module
 */
import { stringify } from 'yaml';
import { isRecord } from './raw.js';
import type { LoadedConfig } from './types.js';

export const mask = '***';

const secretKey =
  /^(?:api_?keys?|access_?keys?|(?:auth|access|bearer)_?token|token|(?:client_?)?secret|password|passwd)$/i;
const secretHeader = /key|token|secret|auth|cookie|password/i;

/** The canonical file that `loaded` amounts to: defaults filled in, secrets replaced by `***`. */
export function printConfig(loaded: LoadedConfig): string {
  return stringify(maskSecrets(loaded.document), {
    lineWidth: 0,
    flowCollectionPadding: false,
    aliasDuplicateObjects: false,
  });
}

/** A copy of `value` with every secret replaced. */
export function maskSecrets(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => maskSecrets(item, key));
  if (isRecord(value)) {
    const headers = key === 'extra_headers' || key === 'headers' || key === 'env';
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        if (headers && secretHeader.test(name) && typeof inner === 'string') return [name, mask];
        // An entry with the user that it stands for.
        if (key === 'api_keys') return [name, name === 'key' ? mask : inner];
        return [name, maskSecrets(inner, name)];
      }),
    );
  }
  return secretKey.test(key) && value !== null && value !== undefined && value !== '' ? mask : value;
}
