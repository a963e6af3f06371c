/**
 * Checks what says who sends a request.
 *
 * @module
 */
import { parseNetwork } from './cidr.js';
import type { Findings, Path } from './diagnostics.js';
import type { Environment } from './interpolate.js';
import { at, isRecord, listAt, show, textAt } from './raw.js';
import { defaultIdentityHeaders } from './schema-identity.js';

export function checkIdentity(raw: unknown, env: Environment, findings: Findings): void {
  listAt(raw, 'listeners').forEach((listener, index) => {
    listAt(listener, 'api_keys').forEach((entry, place) => {
      if (isRecord(entry)) checkKey(entry, ['listeners', index, 'api_keys', place], env, findings);
    });
  });
  const path: Path = ['global', 'services', 'authz'];
  const authz = at(raw, 'global', 'services', 'authz');
  listAt(authz, 'trusted_proxies').forEach((entry, index) => {
    if (typeof entry !== 'string') return;
    const place = [...path, 'trusted_proxies', index];
    const network = parseNetwork(entry);
    if (network === undefined) {
      const message = `\`trusted_proxies\`: found ${show(entry)}; expected an address or a network`;
      findings.error(place, message, 'write for example `127.0.0.1`, `10.0.0.0/8` or `fd00::/8`');
    } else if (network.prefix === 0) {
      const message = `\`trusted_proxies\`: ${show(entry)} is everybody: any client can then name itself`;
      findings.warning(place, message, 'name the addresses of your proxies');
    }
  });
  const user = textAt(authz, 'identity', 'user_id_header') ?? defaultIdentityHeaders.user;
  const groups = textAt(authz, 'identity', 'user_groups_header') ?? defaultIdentityHeaders.groups;
  if (user.toLowerCase() === groups.toLowerCase()) {
    const message = `user and groups are both read from \`${user}\``;
    findings.error([...path, 'identity'], message, 'give them headers of their own');
  }
  if (at(authz, 'providers') !== undefined) {
    const message =
      '`providers` is not available in this version: keys of models stand at their `backend_refs`';
    findings.warning([...path, 'providers'], message, undefined, 'key');
  }
  if (at(authz, 'fail_open') === true) {
    const message = '`fail_open` is not used: a request without identity is answered and has no role';
    findings.warning([...path, 'fail_open'], message, undefined, 'key');
  }
  checkSources(raw, authz, findings);
}

function checkKey(entry: Record<string, unknown>, path: Path, env: Environment, findings: Findings): void {
  const variable = textAt(entry, 'key_env');
  if (entry.key === undefined && variable === undefined) {
    findings.error(path, 'the entry has neither `key` nor `key_env`', 'add `key_env: NAME_OF_A_VARIABLE`');
  } else if (entry.key !== undefined && variable !== undefined) {
    findings.error(path, 'the entry has both `key` and `key_env`', 'keep one of them');
  } else if (variable !== undefined && (!Object.hasOwn(env, variable) || !env[variable])) {
    // A warning would leave the listener open to everybody if this is its only key.
    const message = `environment variable \`${variable}\` is not set: nobody could use this key`;
    findings.error([...path, 'key_env'], message, 'set it, or remove the entry');
  }
}

/** Role bindings without anybody who could say who a sender is. */
function checkSources(raw: unknown, authz: unknown, findings: Findings): void {
  if (listAt(raw, 'routing', 'signals', 'role_bindings').length === 0) return;
  const keys = listAt(raw, 'listeners').flatMap((listener) => listAt(listener, 'api_keys'));
  const named = keys.some((key) => at(key, 'user') !== undefined || at(key, 'groups') !== undefined);
  if (named || listAt(authz, 'trusted_proxies').length > 0) return;
  findings.warning(
    ['routing', 'signals', 'role_bindings'],
    'nothing says who sends a request, so no role ever matches',
    'name your proxies under `global.services.authz.trusted_proxies`, or give `listeners[].api_keys` a `user`',
    'key',
  );
}
