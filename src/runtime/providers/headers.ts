/**
 * Which headers go to an endpoint, and which come back.
 *
 * @module
 */
import {
  carriesCredentials,
  framing,
  hopByHop,
  isHeaderValue,
  isInternal,
  isOfProvider,
} from './header-names.js';
import type { BackendRef } from './types.js';

/** Header changes by plugins; names in lower case. */
export interface HeaderChanges {
  readonly set: ReadonlyMap<string, string>;
  readonly deleted: ReadonlySet<string>;
}

/** Lower-case names by the spelling clients use, or '' for a header that stops here. */
const dispositions = new Map<string, string>();
/** Clients choose the names, so what is remembered of them is bounded. */
const maxDispositions = 512;

/** The lower-case name under which a client's header goes upstream; '' if it does not. */
function upstreamName(rawName: string): string {
  const known = dispositions.get(rawName);
  if (known !== undefined) return known;
  const name = rawName.toLowerCase();
  const stops =
    hopByHop.has(name) ||
    carriesCredentials(name) ||
    framing.has(name) ||
    isInternal(name) ||
    name === 'x-request-id' ||
    name === 'content-type' ||
    name === 'forwarded' ||
    name === 'x-real-ip' ||
    name.startsWith('x-forwarded-');
  const disposition = stops ? '' : name;
  if (dispositions.size < maxDispositions) dispositions.set(rawName, disposition);
  return disposition;
}

/** Headers that an endpoint gets on every request: its key and what the file adds. */
export interface OwnHeaders {
  readonly list: readonly string[];
  readonly names: ReadonlySet<string>;
}

/** Compiles the fixed headers of an endpoint. */
export function ownHeadersOf(backend: BackendRef): OwnHeaders {
  const list = ['accept-encoding', 'identity'];
  const authHeader = backend.authHeader.toLowerCase();
  // The header that would carry a key is never taken from the client, even if this endpoint has none.
  const names = new Set([authHeader]);
  for (const [name, value] of Object.entries(backend.extraHeaders)) {
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || framing.has(lower) || lower === 'content-type') continue;
    names.add(lower);
    if (lower !== authHeader || backend.apiKey === undefined) list.push(lower, value);
  }
  if (backend.apiKey !== undefined) list.push(authHeader, backend.authPrefix + backend.apiKey);
  return { list, names };
}

/** Names that a `connection` header declares to be hop-by-hop; undefined for the usual values. */
function connectionTokens(value: string | undefined): ReadonlySet<string> | undefined {
  if (value === undefined || value === 'keep-alive' || value === 'close') return undefined;
  return new Set(value.toLowerCase().split(/\s*,\s*/));
}

/** The flat header list of a request to an endpoint. `internal` are further names that stop here. */
export function requestHeaders(
  raw: readonly string[],
  connection: string | undefined,
  own: OwnHeaders,
  changes: HeaderChanges | undefined,
  requestId: string,
  internal?: ReadonlySet<string> | undefined,
): string[] {
  const headers = ['content-type', 'application/json', 'x-request-id', requestId, ...own.list];
  const dropped = connectionTokens(connection);
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = upstreamName(raw[index] ?? '');
    if (name === '' || own.names.has(name)) continue;
    if (dropped?.has(name) === true || internal?.has(name) === true) continue;
    if (changes !== undefined && (changes.deleted.has(name) || changes.set.has(name))) continue;
    headers.push(name, raw[index + 1] ?? '');
  }
  if (changes !== undefined) {
    for (const [name, value] of changes.set) if (!own.names.has(name)) headers.push(name, value);
  }
  return headers;
}

/** Header names of answers as the client gets them, or '' for a header that stops here. */
const answerNames = new Map<string, string>();

/** The name under which an endpoint's header goes to the client; '' if it does not. */
function clientName(name: string): string {
  const known = answerNames.get(name);
  if (known !== undefined) return known;
  const stops =
    hopByHop.has(name) || isOfProvider(name) || name === 'x-request-id' || name.startsWith('x-vsr-');
  const kept = stops ? '' : name;
  if (answerNames.size < maxDispositions) answerNames.set(name, kept);
  return kept;
}

/** Names (in lower case) and values in turn, from the bytes that undici hands over. */
export function decodeHeaders(raw: readonly Buffer[]): string[] {
  const headers: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    headers.push(
      raw[index]?.toString('latin1').toLowerCase() ?? '',
      raw[index + 1]?.toString('latin1') ?? '',
    );
  }
  return headers;
}

/** Value of a header in a list of names and values; duplicates are joined, undefined if there is none. */
export function headerOf(headers: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] !== name) continue;
    const next = headers[index + 1] ?? '';
    value = value === undefined ? next : `${value},${next}`;
  }
  return value;
}

/** Appends what an endpoint answered to `headers`, less what belongs to its connection or to us. */
export function appendResponseHeaders(headers: string[], upstream: readonly string[]): void {
  const dropped = connectionTokens(headerOf(upstream, 'connection'));
  for (let index = 0; index < upstream.length; index += 2) {
    const name = clientName(upstream[index] ?? '');
    if (name === '' || dropped?.has(name) === true) continue;
    const value = upstream[index + 1] ?? '';
    if (isHeaderValue(value)) headers.push(name, value);
  }
}
