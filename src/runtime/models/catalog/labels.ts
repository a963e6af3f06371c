/**
 * Labels of the published models in the order of their ids.
 *
 * A repository's own `config.json` or mapping file comes first; these serve where it has neither.
 *
 * @module
 */

/** The 14 categories of MMLU-Pro (Wang et al. 2024, arXiv:2406.01574). */
export const domainLabels = [
  'biology',
  'business',
  'chemistry',
  'computer science',
  'economics',
  'engineering',
  'health',
  'history',
  'law',
  'math',
  'other',
  'philosophy',
  'physics',
  'psychology',
] as const;

const piiTypes = [
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

/** `O`, then beginning and inside of each type: 35 labels of 17 types. */
export const piiLabels: readonly string[] = ['O', ...piiTypes.flatMap((type) => [`B-${type}`, `I-${type}`])];

export const jailbreakLabels = ['benign', 'jailbreak'] as const;
export const factCheckLabels = ['NO_FACT_CHECK_NEEDED', 'FACT_CHECK_NEEDED'] as const;
export const hallucinationLabels = ['supported', 'hallucinated'] as const;
export const nliLabels = ['entailment', 'neutral', 'contradiction'] as const;
/** Order of the mmBERT repositories. */
export const feedbackLabels = ['SAT', 'NEED_CLARIFICATION', 'WRONG_ANSWER', 'WANT_DIFFERENT'] as const;
/** Order of `llm-semantic-router/feedback-detector`, which is another one. */
export const feedbackLabelsAlphabetical = [
  'NEED_CLARIFICATION',
  'SAT',
  'WANT_DIFFERENT',
  'WRONG_ANSWER',
] as const;
export const modalityLabels = ['AR', 'DIFFUSION', 'BOTH'] as const;
export const toolCallRequestLabels = ['SAFE', 'INJECTION_RISK'] as const;
export const toolCallLabels = ['AUTHORIZED', 'UNAUTHORIZED'] as const;
