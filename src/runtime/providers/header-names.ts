/**
 * Which header names mean what. All names are lower case.
 *
 * @module
 */

/** Belong to one connection, never forwarded in either direction (RFC 9110 §7.6.1). */
export const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Carry a client's secrets. A client's key must never reach somebody else's server. */
export const credentials: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'cookie2',
  'api-key',
  'x-api-key',
  'apikey',
  'x-goog-api-key',
  'ocp-apim-subscription-key',
  'authentication',
  'x-auth-token',
  'x-access-token',
  'x-amz-security-token',
  'openai-organization',
  'openai-project',
  'chatgpt-account-id',
]);

/** How names end that carry secrets: those of gateways in front of the router, and of other providers' clients. */
const secretEnding =
  /(?:^|[-_])(?:auth|authorization|authentication|cookie2?|token|secret|password|passwd|credentials?|jwt|assertion|api[-_]?key|access[-_]?key|functions[-_]key|subscription[-_]key)$/;

/** Whether a header carries a client's secret, as far as its name says. */
export function carriesCredentials(name: string): boolean {
  return credentials.has(name) || secretEnding.test(name);
}

/** In answers: about a host and its connections, or about the operator's account. Here both would be the router's. */
export function isOfProvider(name: string): boolean {
  return ofProvider.has(name) || name.startsWith('access-control-');
}

const ofProvider: ReadonlySet<string> = new Set([
  'set-cookie',
  'set-cookie2',
  'clear-site-data',
  'strict-transport-security',
  'public-key-pins',
  'alt-svc',
  'nel',
  'report-to',
  'reporting-endpoints',
  'openai-organization',
  'openai-project',
]);

/** Describe the message framing, which the router decides itself. */
export const framing: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'accept-encoding',
  'content-encoding',
  'expect',
]);

/** Headers between clients, gateways and the router; meaningless or harmful upstream. */
export function isInternal(name: string): boolean {
  return (
    name.startsWith('x-vsr-') ||
    name.startsWith('x-authz-') ||
    (name.startsWith('x-user-') && name.endsWith('-key')) ||
    name === 'x-selected-model' ||
    name === 'x-gateway-destination-endpoint'
  );
}

/** True for a syntactically valid header name (RFC 9110 token). */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
}

/** True for a value that cannot break out of its header line. */
export function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
