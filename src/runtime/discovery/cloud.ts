/**
 * Services with an OpenAI-compatible endpoint, by the environment variable that holds their key.
 *
 * @module
 */
import type { CloudKey, FoundModel } from './types.js';

function model(id: string, reasoningFamily?: string): FoundModel {
  return { id, billions: undefined, reasoningFamily };
}

interface Service extends Omit<CloudKey, 'env'> {
  /** Variables that may hold the key; the first that is set counts. */
  readonly env: readonly [string, ...string[]];
}

/**
 * In order of preference. Model names are defaults to start with, chosen for being stable aliases where
 * the service has such.
 */
const services: readonly Service[] = [
  {
    vendor: 'openai',
    label: 'OpenAI',
    env: ['OPENAI_API_KEY'],
    baseUrl: 'https://api.openai.com/v1',
    small: model('gpt-5-mini', 'gpt'),
    large: model('gpt-5', 'gpt'),
  },
  {
    vendor: 'anthropic',
    label: 'Anthropic',
    env: ['ANTHROPIC_API_KEY'],
    baseUrl: 'https://api.anthropic.com/v1',
    small: model('claude-haiku-4-5'),
    large: model('claude-sonnet-4-5'),
  },
  {
    vendor: 'gemini',
    label: 'Google Gemini',
    env: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    small: model('gemini-flash-lite-latest'),
    large: model('gemini-flash-latest'),
  },
  {
    vendor: 'mistral',
    label: 'Mistral',
    env: ['MISTRAL_API_KEY'],
    baseUrl: 'https://api.mistral.ai/v1',
    small: model('mistral-small-latest'),
    large: model('mistral-large-latest'),
  },
  {
    vendor: 'deepseek',
    label: 'DeepSeek',
    env: ['DEEPSEEK_API_KEY'],
    baseUrl: 'https://api.deepseek.com/v1',
    // Reasoning is a choice of model there, not of a field.
    small: model('deepseek-chat'),
    large: model('deepseek-reasoner'),
  },
  {
    vendor: 'groq',
    label: 'Groq',
    env: ['GROQ_API_KEY'],
    baseUrl: 'https://api.groq.com/openai/v1',
    small: model('openai/gpt-oss-20b', 'gpt-oss'),
    large: model('openai/gpt-oss-120b', 'gpt-oss'),
  },
  {
    vendor: 'together',
    label: 'Together',
    env: ['TOGETHER_API_KEY'],
    baseUrl: 'https://api.together.xyz/v1',
    small: model('openai/gpt-oss-20b', 'gpt-oss'),
    large: model('openai/gpt-oss-120b', 'gpt-oss'),
  },
  {
    vendor: 'openrouter',
    label: 'OpenRouter',
    env: ['OPENROUTER_API_KEY'],
    baseUrl: 'https://openrouter.ai/api/v1',
    small: model('openai/gpt-5-mini', 'gpt'),
    large: model('openai/gpt-5', 'gpt'),
  },
];

/** Services whose key is set and not blank; whether the key is right is not tried. */
export function keysInEnvironment(env: Readonly<Record<string, string | undefined>>): CloudKey[] {
  return services.flatMap((service) => {
    const name = service.env.find((candidate) => env[candidate]?.trim());
    return name === undefined ? [] : [{ ...service, env: name }];
  });
}
