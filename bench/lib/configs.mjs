/**
 * Configurations of the router under measurement.
 *
 * @module
 */

/** @param {number} upstream */
function providers(upstream) {
  const model = (/** @type {string} */ name) => `
    - name: ${name}
      provider_model_id: upstream-${name}
      backend_refs: [{ endpoint: "127.0.0.1:${upstream}" }]`;
  return `version: v0.3
providers:
  defaults: { model: small }
  models:${model('small')}${model('big')}`;
}

const freeSignals = `
    keywords:
      - { name: code, operator: OR, keywords: [function, compiler, stack trace, typescript, segfault] }
      - { name: legal, operator: OR, keywords: [contract, liability, subpoena, plaintiff] }
      - { name: urgent, operator: OR, keywords: [urgent, asap, outage] }
    context:
      - { name: long, min_tokens: 8K, max_tokens: 128K }
    language:
      - { name: de }
      - { name: fr }`;

/**
 * One decision that a rule tree names; higher priority is looked at first.
 *
 * @param {string} name @param {number} priority @param {string} rules @param {string} model
 */
const decision = (name, priority, rules, model) => `
    - name: ${name}
      priority: ${priority}
      rules: ${rules}
      modelRefs: [{ model: ${model} }]`;

const freeDecisions = [
  decision('legal', 60, '{ type: keyword, name: legal }', 'big'),
  decision(
    'code',
    50,
    '{ operator: AND, conditions: [{ type: keyword, name: code }, { operator: NOT, conditions: [{ type: keyword, name: urgent }] }] }',
    'big',
  ),
  decision('long', 40, '{ type: context, name: long }', 'big'),
  decision(
    'foreign',
    30,
    '{ operator: OR, conditions: [{ type: language, name: de }, { type: language, name: fr }] }',
    'big',
  ),
];
const otherwise = decision('otherwise', 1, '{ operator: AND, conditions: [] }', 'small');

/**
 * Keyword, context and language rules, five decisions. The bench's prompt matches none but the last, so
 * that every rule has to be answered: the longest way through.
 *
 * @param {number} upstream
 * @param {{language?: boolean}} [options] Without language rules the text's language is never detected.
 */
export function withoutModelSignals(upstream, { language = true } = {}) {
  const signals = language ? freeSignals : freeSignals.replace(/\n {4}language:[\s\S]*/, '');
  const decisions = language ? freeDecisions : freeDecisions.slice(0, 3);
  return `${providers(upstream)}
routing:
  signals:${signals}
  decisions:${decisions.join('')}${otherwise}
`;
}

/**
 * The same with a domain and an embedding rule, both asked by every prompt.
 *
 * @param {number} upstream
 */
export function withModelSignals(upstream) {
  const modelDecisions = [
    decision('science', 20, '{ type: domain, name: science }', 'big'),
    decision('billing', 10, '{ type: embedding, name: billing }', 'big'),
  ];
  return `${providers(upstream)}
routing:
  signals:${freeSignals}
    domains:
      - { name: science, mmlu_categories: [physics, chemistry, biology] }
    embeddings:
      - name: billing
        threshold: 0.8
        candidates: ["I was charged twice", "Where is my invoice?", "Change my payment method"]
  decisions:${freeDecisions.join('')}${modelDecisions.join('')}${otherwise}
`;
}
