/**
 * `language`: which natural language the text is written in.
 *
 * @module
 */
import { z } from 'zod';
import { messageOf } from '../errors.js';
import { didYouMean } from '../text/suggestions.js';
import { languageCodes } from './language-codes.js';
import {
  type DetectedLanguage,
  detectableLanguages,
  detectLanguage,
  languageDetectionReady,
  warmUpLanguageDetection,
} from './language-detection.js';
import { description, unitNumber } from './rule-fields.js';
import type { SignalFamily, SignalOutcome, SignalRequest } from './types.js';

const defaultThreshold = 0.3;

const schema = z.strictObject({
  name: z.string().min(1).describe('Language as a lower-case ISO 639-1 code, e.g. `de`.'),
  description,
  threshold: unitNumber.default(defaultThreshold).describe('Least confidence of the detection. 0 means 0.3.'),
});

type LanguageRule = z.infer<typeof schema>;

function judge(
  { name, threshold: given }: LanguageRule,
  detected: DetectedLanguage | undefined,
): SignalOutcome {
  const threshold = given || defaultThreshold;
  // Text of no recognisable language matches no rule; guessing English would route code and digits.
  if (detected === undefined) return { status: 'not_matched', threshold };
  const { language, confidence } = detected;
  const isMeant = language === name || (name === 'no' && (language === 'nb' || language === 'nn'));
  const matched = isMeant && confidence >= threshold;
  return {
    status: matched ? 'matched' : 'not_matched',
    ...(isMeant && { score: confidence }),
    threshold,
    evidence: [language],
  };
}

export const languageFamily: SignalFamily<LanguageRule> = {
  type: 'language',
  configKey: 'language',
  summary: 'Detects the natural language of the text.',
  cost: 'free',
  schema,
  check(rules, report) {
    rules.forEach(({ name }, index) => {
      if (detectableLanguages.has(name)) return;
      if (languageCodes.has(name)) {
        const list = [...detectableLanguages].sort().join(' ');
        report(
          index,
          ['name'],
          `"${name}" cannot be detected, so the rule would never match. Detectable: ${list}.`,
        );
        return;
      }
      const lower = name.toLowerCase().split(/[-_]/)[0] ?? '';
      const hint = languageCodes.has(lower) ? `; did you mean "${lower}"?` : didYouMean(name, languageCodes);
      report(
        index,
        ['name'],
        `"${name}" is no ISO 639-1 language code${hint || ' (two lower-case letters, e.g. "de").'}`,
      );
    });
  },
  compile(rules) {
    const key = Symbol('language');
    const detect = (request: SignalRequest) => request.memo(key, () => detectLanguage(request.text));
    return rules.map((rule) => ({
      name: rule.name,
      warmUp: warmUpLanguageDetection,
      evaluate(request) {
        // Only requests in the first moments of the process meet the second case.
        if (languageDetectionReady()) return judge(rule, detect(request));
        return warmUpLanguageDetection().then(
          () => judge(rule, detect(request)),
          (error) => ({ status: 'unavailable', reason: messageOf(error) }),
        );
      },
    }));
  },
};
