/**
 * What went wrong on the way to an endpoint, in words that tell what to do. Never names a key: only the
 * model and the endpoint's host.
 *
 * @module
 */
import { messageOf, systemCode, VsrError } from '../errors.js';

const tlsCode = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/;

/** The error of a request that never reached the endpoint. */
export function unreachable(model: string, host: string, cause: unknown): VsrError {
  const code = systemCode(cause);
  const where = `the endpoint ${host} of model \`${model}\``;
  if (code === 'ECONNREFUSED') {
    return new VsrError('VSR_UPSTREAM_UNREACHABLE', `Nothing listens at ${where} (ECONNREFUSED).`, {
      hint: 'Start the model server or correct the endpoint in the configuration.',
      cause,
    });
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new VsrError(
      'VSR_UPSTREAM_UNREACHABLE',
      `The host name of ${where} cannot be resolved (${code}).`,
      {
        hint: 'Check the spelling of the host and the DNS of this machine.',
        cause,
      },
    );
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return new VsrError('VSR_UPSTREAM_TIMEOUT', `No connection to ${where} in time (${code}).`, { cause });
  }
  if (tlsCode.test(code)) {
    return new VsrError('VSR_UPSTREAM_UNREACHABLE', `TLS with ${where} failed (${code}).`, {
      hint: 'Check whether the endpoint speaks https and whether this machine trusts its certificate.',
      cause,
    });
  }
  return new VsrError(
    'VSR_UPSTREAM_UNREACHABLE',
    `No connection to ${where}: ${code === '' ? messageOf(cause) : code}.`,
    { cause },
  );
}

/** The error of an answer that stopped before its end. */
export function broken(model: string, host: string, cause: unknown): VsrError {
  const code = systemCode(cause);
  const where = `endpoint ${host} of model \`${model}\``;
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return timedOut(model, host, undefined);
  const detail =
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
      ? 'its body is shorter than announced'
      : code === 'UND_ERR_HEADERS_OVERFLOW'
        ? 'its headers are too large'
        : code.startsWith('HPE_') || (cause instanceof Error && cause.name === 'HTTPParserError')
          ? 'it is not valid HTTP'
          : 'the connection was closed before the answer was complete';
  return new VsrError('VSR_UPSTREAM_BROKEN', `The answer of ${where} broke off: ${detail}.`, { cause });
}

/** The error of an answer that names another place to ask. Where that is stays in the provider's own logs. */
export function redirected(model: string, host: string): VsrError {
  return new VsrError(
    'VSR_UPSTREAM_BROKEN',
    `Endpoint ${host} of model \`${model}\` answers with a redirect, which is not followed.`,
    { hint: 'Write the address that it leads to as the endpoint in the configuration.' },
  );
}

/** The error of an answer that took longer than the listener allows. */
export function timedOut(model: string, host: string, milliseconds: number | undefined): VsrError {
  const limit = milliseconds === undefined ? 'in time' : `within ${milliseconds / 1000} s`;
  return new VsrError(
    'VSR_UPSTREAM_TIMEOUT',
    `Endpoint ${host} of model \`${model}\` did not answer ${limit}.`,
    {
      hint: 'Raise `listeners[].timeout` if the model needs longer.',
    },
  );
}
