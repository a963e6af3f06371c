/**
 * Errors in the words of the OpenAI API, so that its clients raise the right class.
 *
 * @module
 */
import { isVsrError, messageOf, VsrError } from '../errors.js';

const typeByStatus: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  429: 'rate_limit_error',
};

/** `error.type` of a status. */
export function errorTypeOf(status: number): string {
  return typeByStatus[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
}

/** Codes that OpenAI's clients and their users already know; the others are our own. */
const knownCodes: Readonly<Record<string, string>> = {
  VSR_MODEL_NOT_FOUND: 'model_not_found',
  VSR_UNAUTHORIZED: 'invalid_api_key',
};

/** Any thrown value as a {@link VsrError}; what is none becomes `VSR_INTERNAL` with its message. */
export function toVsrError(error: unknown): VsrError {
  if (isVsrError(error)) return error;
  return new VsrError('VSR_INTERNAL', `The router failed on this request: ${messageOf(error)}`, {
    cause: error,
  });
}

/** The OpenAI error envelope as JSON text. */
export function errorEnvelope(error: VsrError): string {
  return JSON.stringify({
    error: {
      message: error.advice,
      type: errorTypeOf(error.httpStatus),
      param: error.param ?? null,
      code: knownCodes[error.code] ?? error.code,
    },
  });
}
