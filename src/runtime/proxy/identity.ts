/**
 * Who sends a request: by the key it came with, or by the word of a proxy that is trusted.
 *
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';
import { parseNetwork } from '../config/cidr.js';
import type { ApiKey, IdentitySettings } from '../config/types.js';
import { VsrError } from '../errors.js';
import { isInternal } from '../providers/header-names.js';
import type { Identity } from '../signals/types.js';
import { bearerOf, digestOf, isSameKey } from './bearer.js';

interface KnownKey {
  readonly digest: Buffer;
  readonly identity: Identity | undefined;
}

/** Digests by the list they belong to, which is a new one with each configuration. */
const knownKeys = new WeakMap<readonly ApiKey[], readonly KnownKey[]>();

/**
 * The identity that a request's key stands for, if it stands for any. Throws `VSR_UNAUTHORIZED` without one
 * of `keys`.
 */
export function authorize({ headers }: IncomingMessage, keys: readonly ApiKey[]): Identity | undefined {
  const given = bearerOf(headers);
  const digest = digestOf(given);
  let known = knownKeys.get(keys);
  if (known === undefined) {
    known = keys.map(({ key, identity }) => ({ digest: digestOf(key), identity }));
    knownKeys.set(keys, known);
  }
  let found: KnownKey | undefined;
  for (const candidate of known) if (isSameKey(digest, candidate.digest)) found ??= candidate;
  if (found !== undefined && given !== '') return found.identity;
  throw new VsrError(
    'VSR_UNAUTHORIZED',
    given === '' ? 'No API key was given.' : 'The API key is not known to this router.',
    { hint: 'Send one of the keys of this listener as `Authorization: Bearer …`.' },
  );
}

/** Reads identity headers, and knows from whom they are believed. */
export class IdentityHeaders {
  /** Names that must not go upstream and that nobody could know to be internal. */
  readonly private: ReadonlySet<string> | undefined;
  readonly #settings: IdentitySettings;
  readonly #trusted: BlockList | undefined;

  constructor(settings: IdentitySettings) {
    this.#settings = settings;
    const renamed = [settings.userHeader, settings.groupsHeader].filter((name) => !isInternal(name));
    this.private = renamed.length === 0 ? undefined : new Set(renamed);
    if (settings.trustedProxies.length === 0) return;
    this.#trusted = new BlockList();
    for (const text of settings.trustedProxies) {
      const network = parseNetwork(text);
      if (network !== undefined) this.#trusted.addSubnet(network.address, network.prefix, network.family);
    }
  }

  /** The identity a request states if its sender is a trusted proxy; undefined for everybody else. */
  of(request: IncomingMessage): Identity | undefined {
    if (this.#trusted === undefined || !this.#trusts(request.socket.remoteAddress)) return undefined;
    const { userHeader, groupsHeader } = this.#settings;
    if (request.headers[userHeader] === undefined && request.headers[groupsHeader] === undefined) {
      return undefined;
    }
    // A proxy that adds its header beside the client's own has not vouched for either of them.
    if (isRepeated(request, userHeader) || isRepeated(request, groupsHeader)) return undefined;
    return this.stated(request.headers);
  }

  /** The identity in `headers`, whoever sent them: only for ports that nobody but an operator reaches. */
  stated(headers: IncomingHttpHeaders): Identity | undefined {
    const user = textOf(headers[this.#settings.userHeader]);
    const groups = textOf(headers[this.#settings.groupsHeader])
      .split(',')
      .map((group) => group.trim())
      .filter((group) => group !== '');
    if (user === '' && groups.length === 0) return undefined;
    return { userId: user === '' ? undefined : user, groups };
  }

  #trusts(remote: string | undefined): boolean {
    if (remote === undefined) return false;
    // IPv4 on a socket for both families looks like ::ffff:10.0.0.1; link-local addresses name their interface.
    const address = remote.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
    return this.#trusted?.check(address, address.includes(':') ? 'ipv6' : 'ipv4') === true;
  }
}

const readers = new WeakMap<IdentitySettings, IdentityHeaders>();

/** The reader for a configuration's settings; one per configuration. */
export function identityHeadersOf(settings: IdentitySettings): IdentityHeaders {
  let reader = readers.get(settings);
  if (reader === undefined) {
    reader = new IdentityHeaders(settings);
    readers.set(settings, reader);
  }
  return reader;
}

function isRepeated({ headersDistinct }: IncomingMessage, name: string): boolean {
  return (headersDistinct[name]?.length ?? 0) > 1;
}

/** Node reads header bytes as Latin-1; names of people are usually sent as UTF-8. */
function textOf(value: string | readonly string[] | undefined): string {
  const text = typeof value === 'string' ? value : '';
  if (!/[\x80-\xff]/.test(text)) return text.trim();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1')).trim();
  } catch {
    return text.trim();
  }
}
