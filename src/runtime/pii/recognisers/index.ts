/**
 * All recognisers. A new one is one file beside this and one line here.
 *
 * @module
 */
import { apiKey } from './api-key.js';
import { creditCard } from './credit-card.js';
import { cryptoAddress } from './crypto-address.js';
import { domainName } from './domain-name.js';
import { driverLicense } from './driver-license.js';
import { email } from './email.js';
import { iban } from './iban.js';
import { ipAddress } from './ip-address.js';
import { jwt } from './jwt.js';
import { password } from './password.js';
import { phone } from './phone.js';
import { privateKey } from './private-key.js';
import { ssn } from './ssn.js';
import type { Recogniser } from './types.js';
import { url } from './url.js';
import { zipCode } from './zip-code.js';

export const recognisers: readonly Recogniser[] = [
  privateKey,
  apiKey,
  jwt,
  password,
  creditCard,
  iban,
  cryptoAddress,
  ssn,
  email,
  url,
  domainName,
  ipAddress,
  phone,
  driverLicense,
  zipCode,
];
