/**
 * US ZIP codes (five digits, ZIP+4) after a word for one or a state, and postal codes of other countries after a
 * word for one. Five digits alone are any number. State prefixes: USPS Publication 65.
 *
 * @module
 */
import { before, labelOf } from './support/context.js';
import { isPartOfDecimal, standsAlone } from './support/edges.js';
import type { Finding, Recogniser } from './types.js';

const five = /(?<![\w.,-])\d{5}(?:-\d{4})?(?![\w]|-\d|[.,]\d)/g;
const foreign =
  /(?<![\w-])(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z][ -]?\d[A-Z]\d|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|\d{3} \d{2}|\d{5}-\d{3}|\d{6}|\d{4})(?![\w-])/g;
const labels = labelOf(
  'zip(?:[\\s_-]?code|\\+4)?s?',
  'post(?:al)?[\\s_-]?codes?',
  'postleitzahl|plz|code postal|c[oó]digo postal|cap|cep|pin ?code|postnummer',
  '邮编|邮政编码|郵便番号|우편번호',
);

/** First three digits that a state's codes begin with, as ranges. */
const prefixes = new Map(
  (
    'AL350-369 AK995-999 AZ850-865 AR716-729 CA900-961 CO800-816 CT060-069 DE197-199 DC200-205 FL320-349 ' +
    'GA300-319 GA398-399 HI967-968 ID832-838 IL600-629 IN460-479 IA500-528 KS660-679 KY400-427 LA700-714 ' +
    'ME039-049 MD206-219 MA010-027 MI480-499 MN550-567 MS386-397 MO630-658 MT590-599 NE680-693 NV889-898 ' +
    'NH030-038 NJ070-089 NM870-884 NY100-149 NC270-289 ND580-588 OH430-459 OK730-749 OR970-979 PA150-196 ' +
    'RI028-029 SC290-299 SD570-577 TN370-385 TX750-799 TX885-885 UT840-847 VT050-059 VA201-246 WA980-994 ' +
    'WV247-268 WI530-549 WY820-831 PR006-009 VI008-008 GU969-969 AS967-967 MP969-969 PW969-969'
  )
    .split(' ')
    .reduce((states, entry) => {
      const state = entry.slice(0, 2);
      const [low = '', high = ''] = entry.slice(2).split('-');
      return states.set(state, [...(states.get(state) ?? []), { low, high }]);
    }, new Map<string, { low: string; high: string }[]>()),
);
const names =
  'Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming';
const stateBefore = /(^|[\s,(])([A-Z]{2})(,?\s{1,12})$/;
const nameBefore = new RegExp(`,\\s{0,3}(?:${names}),?\\s{1,3}$`);

/** Probability that five digits after `left` are a ZIP code, if a state stands there. */
function afterState(left: string, code: string): number | undefined {
  if (nameBefore.test(left)) return 0.9;
  const match = stateBefore.exec(left);
  const ranges = prefixes.get(match?.[2] ?? '');
  if (match === null || ranges === undefined) return undefined;
  const head = code.slice(0, 3);
  if (ranges.some(({ low, high }) => head >= low && head <= high)) return 0.95;
  // `OR`, `IN`, `ME` are words as well: a wrong prefix needs the form of an address around the state.
  const isAddress =
    match[1] === ',' || /,\s?$/.test(left.slice(0, match.index + 1)) || /\n\s*$/.test(match[3] ?? '');
  return isAddress ? 0.7 : undefined;
}

export const zipCode: Recogniser = {
  name: 'zip-code',
  types: ['ZIP_CODE'],
  find(text) {
    const findings: Finding[] = [];
    const add = (start: number, end: number, confidence: number) => {
      if (!standsAlone(text, start, end) || isPartOfDecimal(text, start, end)) return;
      findings.push({ type: 'ZIP_CODE', start, end, confidence });
    };
    for (const { 0: found, index: start } of text.matchAll(five)) {
      const left = before(text, start);
      const confidence = labels.test(left) ? 0.95 : afterState(left, found);
      if (confidence !== undefined) add(start, start + found.length, confidence);
    }
    for (const { 0: found, index: start } of text.matchAll(foreign)) {
      if (labels.test(before(text, start))) add(start, start + found.length, 0.85);
    }
    return findings;
  },
};
