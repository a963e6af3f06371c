/**
 * What personal data is called, and how a place in a text that holds some is described.
 *
 * @module
 */
import type { CountryCode } from 'libphonenumber-js/min';

/** The types that the published PII token classifiers know. */
export const modelPiiTypes = [
  'AGE',
  'CREDIT_CARD',
  'DATE_TIME',
  'DOMAIN_NAME',
  'EMAIL_ADDRESS',
  'GPE',
  'IBAN_CODE',
  'IP_ADDRESS',
  'NRP',
  'ORGANIZATION',
  'PERSON',
  'PHONE_NUMBER',
  'STREET_ADDRESS',
  'TITLE',
  'US_DRIVER_LICENSE',
  'US_SSN',
  'ZIP_CODE',
] as const;

/** Every type: those of the models, and those only an exact recogniser finds. */
export const piiTypes = [
  ...modelPiiTypes,
  'URL',
  'CRYPTO_ADDRESS',
  'API_KEY',
  'PRIVATE_KEY',
  'PASSWORD',
] as const;

export type PiiType = (typeof piiTypes)[number];

/** ISO 3166-1 alpha-2 code of a country whose telephone numbers are known. */
export type PhoneRegion = CountryCode;

/**
 * A place in a text. It holds no copy of the text, so that a logged match gives nothing away: the value is
 * `text.slice(start, end)`.
 */
export interface PiiMatch {
  readonly type: PiiType;
  /** First UTF-16 unit. */
  readonly start: number;
  /** UTF-16 unit after the last one. */
  readonly end: number;
  /** Probability that it is what `type` says. 1 only where a checksum or an unambiguous form proves it. */
  readonly confidence: number;
  /** Name of the recogniser that found it. */
  readonly recogniser: string;
  /** What exactly it is, e.g. the card issuer or the provider of a key. Never the value. */
  readonly detail?: string;
}
