/**
 * Passwords and keys that a text names as such: assignments (`password=`, `api_key: "…"`), sentences ("my password
 * is …") and credentials in connection strings. There is no format to check, so the value must look like a secret.
 *
 * @module
 */
import { entropy, isStandIn } from './support/randomness.js';
import type { Finding, Recogniser } from './types.js';

const passwordNames =
  'pass(?:word|wd|phrase|code)|pwd|passwort|kennwort|mot de passe|contrase[nñ]a|senha|wachtwoord|has[lł]o|парол[ья]|密码|口令|パスワード|비밀번호';
const keyNames =
  'api[\\s_-]?(?:key|token|secret)|(?:access|auth|bearer|refresh|secret|client|private|signing|encryption|master|account)[\\s_-]?(?:key|token|secret)|secret|token|credentials?';

// One name, a sign of assignment, and the value up to what ends it there. Names may be part of longer ones
// (`DB_PASSWORD`, `spring.datasource.password`).
const assignment = new RegExp(
  `(?:(${passwordNames})|(${keyNames}))['"\\]]{0,2}\\s{0,3}(?::=|=>|==|=|:|：| is:? | ist:? | est:? | es:? | é:? |是|は|(?<=--[\\w-]{3,30}) )\\s{0,3}(?:"([^"\\n]{4,200})"|'([^'\\n]{4,200})'|\`([^\`\\n]{4,200})\`|([^\\s"'\`,;<>]{4,200}))`,
  'giu',
);
// Connection strings: scheme://user:password@host
const credentials = /(?<=[A-Za-z\d]:\/\/[^\s:@/"']{0,64}:)[^\s:@/"']{3,128}(?=@[\p{L}\p{N}[])/gu;

/** Values that are program text, references or words for a type, not secrets. */
const reference =
  /^(?:\$|%|\{|<|\[|\(|&|@|#\{|process\.|os\.|env[.[(]|getenv|config[.[]|settings\.|self\.|this\.|req(?:uest)?\.|args\.|params\.|secrets?\.|vault|[\p{L}_][\p{L}\d_.]*[([])/iu;
const plain = /^(?:[\p{L}_.]+|\d{1,5})$/u;
const placeholders =
  /^(?:string|number|boolean|password|required|optional|undefined|hidden|secret|varchar|text|false|null|none|true|plain|passwd|any|str|value)$/i;

function isPassword(value: string, spoken: boolean, quoted: boolean): boolean {
  // A word assigned in quotes may be one: `password: "hunter"`. Anywhere else it is prose or program text.
  if (plain.test(value)) return quoted && !spoken && value.length >= 5 && !placeholders.test(value);
  return quoted || !/\s/.test(value);
}

/** At least sixteen characters, letters and digits, no natural word: 3 bits per character. */
function isKey(value: string): boolean {
  return (
    /^[\w.+/=~:-]{16,200}$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value) && entropy(value) >= 3
  );
}

export const password: Recogniser = {
  name: 'password',
  types: ['PASSWORD', 'API_KEY'],
  find(text) {
    const findings: Finding[] = [];
    for (const match of text.matchAll(assignment)) {
      const [found, isPasswordName, , double, single, tick, open] = match;
      const quoted = double ?? single ?? tick;
      // Unquoted values end with the sentence they stand in.
      const value = quoted ?? open?.replace(/[.!?)\]}]+$/, '') ?? '';
      if (value.length < 4 || isStandIn(value) || reference.test(value)) continue;
      const end =
        match.index + found.length - (quoted === undefined ? (open?.length ?? 0) - value.length : 1);
      const start = end - value.length;
      const spoken = !/[:=：]/.test(text.slice(match.index, start));
      if (isPasswordName !== undefined) {
        if (!isPassword(value, spoken, quoted !== undefined)) continue;
        findings.push({
          type: 'PASSWORD',
          start,
          end,
          confidence: spoken ? 0.85 : 0.9,
          detail: 'assignment',
        });
      } else if (isKey(value)) {
        findings.push({ type: 'API_KEY', start, end, confidence: 0.85, detail: 'assignment' });
      }
    }
    for (const { 0: value, index: start } of text.matchAll(credentials)) {
      if (isStandIn(value) || reference.test(value)) continue;
      // Not 1, but above what a URL as a whole has, so that the secret is what is reported.
      findings.push({
        type: 'PASSWORD',
        start,
        end: start + value.length,
        confidence: 0.995,
        detail: 'connection string',
      });
    }
    return findings.sort((a, b) => a.start - b.start);
  },
};
