/**
 * The one error type of the project and its catalogue.
 *
 * Every error a user can meet has a code here; `docs/errors.md` lists the same codes (a test compares
 * them). `exitCode` is what the CLI ends with, `httpStatus` what an HTTP surface answers.
 *
 * @module
 */

interface ErrorKind {
  /** Process exit code: 1 refused or failed, 2 wrong usage. */
  readonly exitCode: 1 | 2;
  readonly httpStatus: number;
}

export const errorCatalogue = {
  VSR_USAGE: { exitCode: 2, httpStatus: 400 },
  VSR_INTERNAL: { exitCode: 1, httpStatus: 500 },

  VSR_CONFIG_NOT_FOUND: { exitCode: 1, httpStatus: 500 },
  VSR_CONFIG_UNREADABLE: { exitCode: 1, httpStatus: 500 },
  VSR_CONFIG_INVALID: { exitCode: 1, httpStatus: 400 },
  VSR_CONFIG_BROKEN: { exitCode: 1, httpStatus: 409 },
  VSR_CONFIG_CHANGED: { exitCode: 1, httpStatus: 412 },
  VSR_PRECONDITION_REQUIRED: { exitCode: 1, httpStatus: 428 },
  VSR_RESTART_REQUIRED: { exitCode: 1, httpStatus: 409 },
  VSR_CONFIG_NOT_WRITABLE: { exitCode: 1, httpStatus: 409 },
  VSR_CONFIG_VERSION_NOT_FOUND: { exitCode: 1, httpStatus: 404 },
  VSR_DSL_INVALID: { exitCode: 1, httpStatus: 400 },
  VSR_FILE_EXISTS: { exitCode: 1, httpStatus: 409 },
  VSR_FILE_UNREADABLE: { exitCode: 1, httpStatus: 500 },
  VSR_FILE_UNWRITABLE: { exitCode: 1, httpStatus: 500 },
  VSR_INPUT_INVALID: { exitCode: 1, httpStatus: 400 },
  VSR_ACCURACY_TOO_LOW: { exitCode: 1, httpStatus: 500 },
  VSR_GATE_FAILED: { exitCode: 1, httpStatus: 500 },
  VSR_TOO_FEW_ROWS: { exitCode: 1, httpStatus: 400 },

  VSR_PORT_IN_USE: { exitCode: 1, httpStatus: 500 },
  VSR_PORT_FORBIDDEN: { exitCode: 1, httpStatus: 500 },

  VSR_MODEL_BUNDLE_INVALID: { exitCode: 1, httpStatus: 503 },
  VSR_INFERENCE_UNAVAILABLE: { exitCode: 1, httpStatus: 503 },
  VSR_HEAD_INVALID: { exitCode: 1, httpStatus: 503 },
  VSR_HEAD_OUTDATED: { exitCode: 1, httpStatus: 503 },

  VSR_MODEL_FILES_MISSING: { exitCode: 1, httpStatus: 503 },
  VSR_MODEL_NOT_DOWNLOADED: { exitCode: 1, httpStatus: 503 },
  VSR_MODEL_NOT_DOWNLOADABLE: { exitCode: 1, httpStatus: 503 },
  VSR_MODEL_DAMAGED: { exitCode: 1, httpStatus: 503 },
  VSR_HUB_OFFLINE: { exitCode: 1, httpStatus: 503 },
  VSR_HUB_UNREACHABLE: { exitCode: 1, httpStatus: 502 },
  VSR_HUB_TLS: { exitCode: 1, httpStatus: 502 },
  VSR_HUB_UNAUTHORIZED: { exitCode: 1, httpStatus: 502 },
  VSR_HUB_GATED: { exitCode: 1, httpStatus: 502 },
  VSR_HUB_REPO_NOT_FOUND: { exitCode: 1, httpStatus: 502 },
  VSR_HUB_REVISION_NOT_FOUND: { exitCode: 1, httpStatus: 502 },
  VSR_HUB_FILE_NOT_FOUND: { exitCode: 1, httpStatus: 502 },
  VSR_HUB_RATE_LIMITED: { exitCode: 1, httpStatus: 503 },
  VSR_HUB_SERVER_ERROR: { exitCode: 1, httpStatus: 502 },
  VSR_HUB_INTERRUPTED: { exitCode: 1, httpStatus: 502 },
  VSR_HUB_ANSWER_INVALID: { exitCode: 1, httpStatus: 502 },
  VSR_HUB_CHECKSUM: { exitCode: 1, httpStatus: 502 },
  VSR_DISK_FULL: { exitCode: 1, httpStatus: 507 },

  VSR_REQUEST_INVALID: { exitCode: 1, httpStatus: 400 },
  VSR_REQUEST_TOO_LARGE: { exitCode: 1, httpStatus: 413 },
  VSR_ROUTE_NOT_FOUND: { exitCode: 1, httpStatus: 404 },
  VSR_METHOD_NOT_ALLOWED: { exitCode: 1, httpStatus: 405 },
  VSR_UNAUTHORIZED: { exitCode: 1, httpStatus: 401 },
  VSR_FORBIDDEN: { exitCode: 1, httpStatus: 403 },
  VSR_MODEL_NOT_FOUND: { exitCode: 1, httpStatus: 404 },
  VSR_BLOCKED: { exitCode: 1, httpStatus: 403 },
  VSR_SIGNAL_UNAVAILABLE: { exitCode: 1, httpStatus: 503 },
  VSR_NO_MODEL_SELECTED: { exitCode: 1, httpStatus: 400 },
  VSR_SHUTTING_DOWN: { exitCode: 1, httpStatus: 503 },

  VSR_UPSTREAM_UNREACHABLE: { exitCode: 1, httpStatus: 502 },
  VSR_UPSTREAM_TIMEOUT: { exitCode: 1, httpStatus: 504 },
  VSR_UPSTREAM_BROKEN: { exitCode: 1, httpStatus: 502 },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorCatalogue;

const marker = Symbol.for('vllm-sr.error');

export interface VsrErrorOptions {
  /** One sentence that tells the user what to do next. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Name of the request parameter at fault, for the OpenAI error envelope's `param`. */
  readonly param?: string;
}

/** An error with a catalogued code. `message` says what happened, `hint` what to do about it. */
export class VsrError extends Error {
  readonly [marker] = true;
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly param: string | undefined;

  constructor(code: ErrorCode, message: string, options: VsrErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VsrError';
    this.code = code;
    this.hint = options.hint;
    this.param = options.param;
  }

  get exitCode(): 1 | 2 {
    return errorCatalogue[this.code].exitCode;
  }

  get httpStatus(): number {
    return errorCatalogue[this.code].httpStatus;
  }

  /** Message and hint as sentences, for a surface that has one field for both. */
  get advice(): string {
    if (this.hint === undefined) return this.message;
    return `${/[.!?:…]$/.test(this.message) ? this.message : `${this.message}.`} ${this.hint}`;
  }
}

/** True for a {@link VsrError} of this or another copy of the package. */
export function isVsrError(error: unknown): error is VsrError {
  return typeof error === 'object' && error !== null && marker in error;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `code` of the error, of its nearest cause that has one, or of the first of several errors; '' if none has. */
export function systemCode(error: unknown): string {
  for (let current = error, depth = 0; depth < 8; depth += 1) {
    if (typeof current !== 'object' || current === null) break;
    // The code of an error of ours says nothing about the system; its cause may.
    if (!isVsrError(current) && 'code' in current && typeof current.code === 'string') return current.code;
    if ('errors' in current && Array.isArray(current.errors)) {
      const inner = systemCode(current.errors[0]);
      if (inner !== '') return inner;
    }
    current = 'cause' in current ? current.cause : undefined;
  }
  return '';
}
