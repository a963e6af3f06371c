/**
 * From what a hub answers, or a connection throws, to an error that says what to do.
 *
 * Nothing here may quote a token or the query of an address: signed addresses of content servers are secrets.
 *
 * @module
 */
import { isVsrError, messageOf, systemCode, VsrError } from '../../errors.js';
import { withoutSecrets } from './settings.js';

/** What was asked for, for messages. */
export interface Subject {
  readonly endpoint: string;
  readonly repo: string;
  readonly revision: string;
  /** Undefined if the request is about the repository. */
  readonly path: string | undefined;
  readonly hasToken: boolean;
}

/** The parts of an answer that tell failures apart. */
export interface Refusal {
  readonly status: number;
  /** `X-Error-Code`, e.g. `GatedRepo`. */
  readonly code: string | undefined;
  /** `X-Error-Message`, or what the body says; one line. */
  readonly text: string;
  /** Whose answer it is; content comes from other hosts than the endpoint. */
  readonly host: string;
}

/** The error for an answer that is no success and that waiting does not help. */
export function refusalError(refusal: Refusal, subject: Subject): VsrError {
  const { status, code, text } = refusal;
  const { repo, revision, path, endpoint } = subject;
  const said = text === '' ? '' : ` It says: ${text}`;
  if ((status === 401 || status === 403) && isGated(refusal)) return gatedError(subject, said);
  if (status === 401 && code === 'RepoNotFound') return missingRepository(subject);
  if (status === 401 || status === 403) return unauthorized(refusal, subject, said);
  if (status === 404 || status === 410) {
    if (code === 'RevisionNotFound') return missingRevision(subject);
    if (code === 'EntryNotFound' || (path !== undefined && code === undefined)) {
      return new VsrError(
        'VSR_HUB_FILE_NOT_FOUND',
        `${repo} has no file ${path ?? ''} at revision ${revision}.`,
        {
          hint: 'The repository may have changed meanwhile: pull again.',
        },
      );
    }
    return missingRepository(subject);
  }
  if (status === 429) {
    return new VsrError(
      'VSR_HUB_RATE_LIMITED',
      `${refusal.host} allows no more requests for now (429).${said}`,
      {
        hint: subject.hasToken
          ? 'Try again later; what is downloaded so far is kept.'
          : 'Try again later, or set HF_TOKEN: the limits are higher with a token. What is downloaded is kept.',
      },
    );
  }
  if (status >= 500) {
    return new VsrError(
      'VSR_HUB_SERVER_ERROR',
      `${refusal.host} answered ${status} for ${nameOf(subject)}, several times in a row.${said}`,
      { hint: 'The hub has trouble of its own: try again later; what is downloaded so far is kept.' },
    );
  }
  return new VsrError(
    'VSR_HUB_ANSWER_INVALID',
    `${refusal.host} answered ${status} for ${nameOf(subject)}, which is no answer of a hub.${said}`,
    { hint: `Check HF_ENDPOINT (${endpoint}) and the proxy in between.` },
  );
}

function isGated({ code, text }: Refusal): boolean {
  return (
    code === 'GatedRepo' ||
    /\b(?:gated|awaiting a review|accept the (?:conditions|licen[cs]e|terms))/i.test(text)
  );
}

function gatedError({ repo, endpoint, hasToken }: Subject, said: string): VsrError {
  const page = `${endpoint}/${repo}`;
  return new VsrError(
    'VSR_HUB_GATED',
    `The licence of ${repo} must be accepted before it can be downloaded.${said}`,
    {
      hint: hasToken
        ? `Accept it on ${page} with the account of your HF_TOKEN, then pull again.`
        : `Accept it on ${page}, then set HF_TOKEN to a token of that account and pull again.`,
    },
  );
}

function unauthorized({ status, host }: Refusal, subject: Subject, said: string): VsrError {
  const { repo, hasToken } = subject;
  const what = hasToken
    ? `${host} does not let the token read ${repo} (${status}).${said}`
    : `${host} lets nobody read ${repo} without a token (${status}).${said}`;
  return new VsrError('VSR_HUB_UNAUTHORIZED', what, {
    hint: hasToken
      ? 'Set HF_TOKEN to a valid token that may read this repository, or unset it for public ones.'
      : `Set HF_TOKEN to a token that may read this repository; if it is gated, accept its licence on ${subject.endpoint}/${repo} first.`,
  });
}

/** There is no such repository; a private one looks the same from outside. */
export function missingRepository({ repo, endpoint, hasToken }: Subject): VsrError {
  return new VsrError('VSR_HUB_REPO_NOT_FOUND', `${endpoint} has no repository ${repo}, or it is private.`, {
    hint: hasToken
      ? 'Check the name, and whether the account of your HF_TOKEN may read it.'
      : 'Check the name; a private repository needs HF_TOKEN.',
  });
}

/** The repository is there, the revision is not. */
export function missingRevision({ repo, revision }: Subject): VsrError {
  return new VsrError('VSR_HUB_REVISION_NOT_FOUND', `${repo} has no branch, tag or commit \`${revision}\`.`, {
    hint: 'Check `--revision`, or the `revision` in the configuration; without one, `main` is taken.',
  });
}

/** An answer with success in its status and nonsense in its body. */
export function invalidAnswer(subject: Subject, what: string, cause?: unknown): VsrError {
  return new VsrError('VSR_HUB_ANSWER_INVALID', `${subject.endpoint} sent ${what} for ${nameOf(subject)}.`, {
    hint: 'Check HF_ENDPOINT and the proxy in between: it may be the login page of a network.',
    cause,
  });
}

/** For what a connection throws before an answer is there, or while a body comes in. */
export function connectionError(error: unknown, subject: Subject, address: URL, proxied: boolean): VsrError {
  if (isVsrError(error) && error instanceof VsrError) return error;
  const code = systemCode(error);
  const host = address.host;
  const way = proxied ? ' by way of the proxy' : '';
  const reason =
    code === ''
      ? messageOf(error)
      : `${messageOf(error)}${messageOf(error).includes(code) ? '' : ` (${code})`}`;
  const cause = error;
  if (isTls(code, messageOf(error))) {
    return new VsrError(
      'VSR_HUB_TLS',
      `The connection to ${host}${way} is not to be trusted: ${withoutSecrets(reason)}`,
      {
        hint: 'If your network puts its own certificate in between, add it with NODE_EXTRA_CA_CERTS=FILE.',
        cause,
      },
    );
  }
  if (isSilence(error)) {
    return new VsrError('VSR_HUB_UNREACHABLE', `${host} does not answer${way}.`, {
      hint: 'Try again later; HF_HUB_DOWNLOAD_TIMEOUT sets how many seconds a server may be silent.',
      cause,
    });
  }
  if (isCut(code) && !/HTTP Tunneling/.test(messageOf(error))) {
    return new VsrError(
      'VSR_HUB_INTERRUPTED',
      `The connection to ${host}${way} broke while ${nameOf(subject)} came in, several times in a row: ${code}`,
      { hint: 'Pull again: the download goes on where it stopped.', cause },
    );
  }
  return new VsrError('VSR_HUB_UNREACHABLE', `${host} cannot be reached${way}: ${withoutSecrets(reason)}`, {
    hint: proxied
      ? 'Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.'
      : 'Check the network and HF_ENDPOINT; behind a proxy set HTTPS_PROXY. HF_HUB_OFFLINE=1 works with what is there.',
    cause,
  });
}

function isTls(code: string, message: string): boolean {
  return (
    /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/.test(code) ||
    code === 'HOSTNAME_MISMATCH' ||
    /certificate|SSL routines/i.test(message)
  );
}

/** The connection is there, and nothing comes. */
export function isSilence(error: unknown): boolean {
  return systemCode(error) === 'UND_ERR_HEADERS_TIMEOUT';
}

function isCut(code: string): boolean {
  return (
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    code === 'UND_ERR_SOCKET' ||
    code === 'UND_ERR_BODY_TIMEOUT' ||
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ||
    code === 'UND_ERR_ABORTED' ||
    code.startsWith('HPE_')
  );
}

/** The disk refused: full, or not ours to write. */
export function diskError(error: unknown, path: string): VsrError {
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new VsrError('VSR_DISK_FULL', `The disk is full: ${path} cannot be written (${code}).`, {
      hint: 'Free some space, or put the cache on another disk with HF_HUB_CACHE; what is downloaded is kept.',
      cause: error,
    });
  }
  return new VsrError('VSR_FILE_UNWRITABLE', `${path} cannot be written: ${messageOf(error)}`, {
    hint: 'Check the permissions of the cache folder, or choose another one with HF_HUB_CACHE.',
    cause: error,
  });
}

function nameOf({ repo, path }: Subject): string {
  return path === undefined ? repo : `${path} of ${repo}`;
}
