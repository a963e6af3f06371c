/**
 * Addresses of model endpoints: `host[:port][/path]` or a full URL.
 *
 * @module
 */
import type { backendProtocols } from '../providers/types.js';

export type Protocol = (typeof backendProtocols)[number];

export type EndpointResult =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly problem: string; readonly hint: string };

const grammar = 'write `host`, `host:port`, `host:port/path` or a full `http://` or `https://` URL';

function bad(problem: string, hint = grammar): EndpointResult {
  return { ok: false, problem, hint };
}

/** Reads an endpoint; `protocol` applies where the text names none. The default port is left implicit. */
export function parseEndpoint(text: string, protocol: Protocol = 'http'): EndpointResult {
  const trimmed = text.trim();
  const shown = withoutSecrets(trimmed);
  if (trimmed === '') return bad('the endpoint is empty');
  if (/\s/.test(trimmed)) return bad(`\`${shown}\` is no endpoint: it holds a space`);
  if (/^https?:?\/{1,2}/i.test(trimmed) && !/^https?:\/\//i.test(trimmed)) {
    return bad(`\`${shown}\` is no endpoint`, 'a URL starts with `http://` or `https://`');
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    return bad(`\`${shown}\` starts with \`${scheme}://\``, 'use `http://` or `https://`');
  }
  let url: URL;
  try {
    url = new URL(scheme === undefined ? `${protocol}://${trimmed}` : trimmed);
  } catch {
    return bad(`\`${shown}\` is no endpoint`);
  }
  if (url.username !== '' || url.password !== '') {
    return bad('the endpoint holds a user name or password', 'put the key into `api_key` or `api_key_env`');
  }
  if (url.search !== '' || url.hash !== '') {
    return bad(`\`${shown}\` has a query or fragment`, 'leave out everything from `?` or `#` on');
  }
  if (url.port === '0') return bad(`\`${shown}\` names port 0`, 'ports go from 1 to 65535');
  return { ok: true, url: `${url.origin}${url.pathname.replace(/\/+$/, '')}` };
}

/** An address as messages may quote it: keys stand before an `@` or in a query. */
function withoutSecrets(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/*)?[^/?#]*@/i, '$1***@').replace(/([?#]).+$/s, '$1***');
}

/**
 * Path of chat completions below `url`. A base path that ends in a version (`/v1`) is taken as the API
 * root, the way SDKs write base URLs.
 */
export function defaultChatPath(url: string): string {
  return /\/v\d+[a-z0-9]*(?:\/openai)?$/.test(url) ? '/chat/completions' : '/v1/chat/completions';
}
