/**
 * Keys and tokens of the usual providers, by the prefixes they publish for secret scanning. To add one, add a
 * line to `formats`.
 *
 * @module
 */
import { anyWord, isNear } from './support/context.js';
import { entropy, isStandIn } from './support/randomness.js';
import type { Finding, Recogniser } from './types.js';

interface Format {
  readonly detail: string;
  /** Body of the expression; a word character, dot or dash next to the key is excluded for all. */
  readonly source: string;
  /** Below 1 where the form could be something else. */
  readonly confidence: number;
}

const formats: readonly Format[] = [
  { detail: 'Anthropic', source: 'sk-ant-[a-z]{2,10}\\d{2}-[\\w-]{20,200}', confidence: 1 },
  { detail: 'OpenRouter', source: 'sk-or-(?:v\\d-)?[\\w-]{32,100}', confidence: 1 },
  // The middle of every OpenAI key spells "OpenAI" in base64.
  { detail: 'OpenAI', source: 'sk-(?:[a-z]{3,10}-)?[\\w-]{16,100}T3BlbkFJ[\\w-]{16,100}', confidence: 1 },
  { detail: 'OpenAI', source: 'sk-(?:proj|svcacct|admin|None)-[\\w-]{20,200}', confidence: 1 },
  // Other vendors with the same interface took over the prefix.
  { detail: 'OpenAI or compatible', source: 'sk-[A-Za-z\\d]{20,100}', confidence: 0.95 },
  { detail: 'AWS access key id', source: '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}', confidence: 1 },
  { detail: 'GitHub', source: '(?:gh[opusr]_[A-Za-z\\d]{36,255}|github_pat_\\w{22,255})', confidence: 1 },
  {
    detail: 'GitLab',
    source:
      '(?:gl(?:pat|dt|rt|ptt|cbt|ft|soat|imt|agent|oas|ffct|wt)-[\\w-]{20,300}(?:\\.\\d{2}\\.\\w{7,12})?|GR1348941[\\w-]{20,40})',
    confidence: 1,
  },
  { detail: 'Slack', source: 'xox[abceoprs](?:\\.xox[abp])?-[\\w-]{10,250}', confidence: 1 },
  { detail: 'Slack', source: 'xapp-\\d-[\\w-]{20,200}', confidence: 1 },
  {
    detail: 'Slack webhook',
    source: 'hooks\\.slack\\.com/(?:services|workflows|triggers)/[\\w/]{20,120}',
    confidence: 1,
  },
  { detail: 'Stripe', source: '[sr]k_(?:live|test)_[A-Za-z\\d]{16,247}', confidence: 1 },
  { detail: 'Stripe webhook', source: 'whsec_[A-Za-z\\d+/=]{32,64}', confidence: 1 },
  { detail: 'Google', source: 'AIza[\\w-]{35}', confidence: 1 },
  { detail: 'Google OAuth', source: '(?:GOCSPX-[\\w-]{28}|ya29\\.[\\w-]{40,2000})', confidence: 1 },
  { detail: 'Hugging Face', source: '(?:hf_|api_org_)[A-Za-z\\d]{34,40}', confidence: 1 },
  { detail: 'npm', source: 'npm_[A-Za-z\\d]{36}', confidence: 1 },
  { detail: 'PyPI', source: 'pypi-(?:AgEIcHlwaS5vcmc|AgENdGVzdC5weXBpLm9yZw)[\\w-]{50,1000}', confidence: 1 },
  { detail: 'SendGrid', source: 'SG\\.[\\w-]{20,24}\\.[\\w-]{39,50}', confidence: 1 },
  // Two letters and a hash in hex: also what other systems call their ids.
  { detail: 'Twilio', source: 'SK[\\da-f]{32}', confidence: 0.9 },
  { detail: 'Twilio account', source: 'AC[\\da-f]{32}', confidence: 0.8 },
  { detail: 'Telegram bot', source: '(?:bot)?\\d{8,10}:AA[\\w-]{33}', confidence: 1 },
  { detail: 'Groq', source: 'gsk_[A-Za-z\\d]{48,56}', confidence: 1 },
  { detail: 'xAI', source: 'xai-[A-Za-z\\d]{70,100}', confidence: 1 },
  { detail: 'Perplexity', source: 'pplx-[A-Za-z\\d]{40,64}', confidence: 1 },
  { detail: 'Replicate', source: 'r8_[A-Za-z\\d]{37}', confidence: 1 },
  { detail: 'Databricks', source: 'dapi[\\da-f]{32}(?:-\\d)?', confidence: 1 },
  { detail: 'DigitalOcean', source: 'do[opr]_v1_[\\da-f]{64}', confidence: 1 },
  { detail: 'Shopify', source: 'shp(?:at|ca|pa|ss)_[\\da-fA-F]{32}', confidence: 1 },
  { detail: 'HashiCorp Vault', source: 'hv[sbr]\\.[\\w-]{24,300}', confidence: 1 },
  { detail: 'Linear', source: 'lin_(?:api|oauth)_[A-Za-z\\d]{32,64}', confidence: 1 },
  { detail: 'Notion', source: 'ntn_[A-Za-z\\d]{40,60}', confidence: 1 },
  { detail: 'Postman', source: 'PMAK-[\\da-f]{24}-[\\da-f]{34}', confidence: 1 },
  { detail: 'Atlassian', source: 'ATATT3[\\w=-]{100,300}', confidence: 1 },
  { detail: 'Mailgun', source: 'key-[\\da-f]{32}', confidence: 0.95 },
  { detail: 'Docker Hub', source: 'dckr_(?:pat|oat)_[\\w-]{24,40}', confidence: 1 },
  { detail: 'Supabase', source: 'sbp_[\\da-f]{40}', confidence: 1 },
];

const compiled = formats.map(({ source, ...rest }) => ({
  ...rest,
  pattern: new RegExp(`(?<![\\w.-])(?:${source})(?![\\w-])`, 'g'),
}));

// The secret half of an AWS key has no mark of its own, so a word must say what it is.
const awsSecret = /(?<![\w+/=.-])[A-Za-z\d+/]{40}(?![\w+/=-])/g;
const awsWords = anyWord('aws', 'secret[\\s_-]?access[\\s_-]?key', 'amazon', 'akia\\w+', 'aws_\\w+');
const mixed = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)/;

export const apiKey: Recogniser = {
  name: 'api-key',
  types: ['API_KEY'],
  find(text) {
    const findings: Finding[] = [];
    for (const { pattern, detail, confidence } of compiled) {
      for (const { 0: found, index: start } of text.matchAll(pattern)) {
        // 2.5 bits per character: `ghp_xxxx…` stays below, hexadecimal keys reach 3.5.
        if (isStandIn(found) || entropy(found) < 2.5) continue;
        findings.push({ type: 'API_KEY', start, end: start + found.length, confidence, detail });
      }
    }
    for (const { 0: found, index: start } of text.matchAll(awsSecret)) {
      const end = start + found.length;
      if (!mixed.test(found) || entropy(found) < 4 || !isNear(text, start, end, awsWords, 60)) continue;
      findings.push({ type: 'API_KEY', start, end, confidence: 0.9, detail: 'AWS secret access key' });
    }
    return findings;
  },
};
