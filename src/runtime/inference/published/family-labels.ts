/**
 * Spelling of labels: those of a model that takes the place of an embedded one are spelled as that one spells
 * them, since that is what callers and configurations name.
 *
 * @module
 */

/** Other words for the labels of the family that publishers use; in lower case, with underscores. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  jailbreak: ['unsafe', 'injection', 'prompt_injection', 'attack', 'malicious', 'harmful', 'toxic'],
  benign: ['safe', 'legit', 'legitimate', 'harmless', 'normal', 'no_jailbreak', 'not_jailbreak'],
  injection_risk: ['injection', 'prompt_injection', 'unsafe', 'attack', 'malicious', 'jailbreak'],
  safe: ['benign', 'legit', 'harmless', 'no_injection'],
  fact_check_needed: ['needs_fact_check', 'fact_check', 'factual', 'yes'],
  no_fact_check_needed: ['no_fact_check', 'not_factual', 'non_factual', 'no'],
  sat: ['satisfied', 'satisfaction'],
  need_clarification: ['clarification', 'needs_clarification'],
  wrong_answer: ['wrong', 'incorrect'],
  want_different: ['different', 'wants_different'],
  entailment: ['entail', 'entails', 'entailed'],
  neutral: ['undetermined', 'unrelated'],
  contradiction: ['contradict', 'contradicts', 'contradictory'],
  hallucinated: ['hallucination', 'unsupported'],
  authorized: ['authorised'],
  unauthorized: ['unauthorised'],
};

/** Published models give these labels in several orders, so a model that does not name them cannot be trusted. */
const withoutUsualOrder: ReadonlySet<string> = new Set(['mom-feedback-detector']);

/** Heads whose readers take whatever labels there are. */
const open: ReadonlySet<string> = new Set(['mom-domain-classifier', 'mom-pii-classifier']);

/**
 * The labels of a model that takes the place of the head `head`, in the spelling of its family.
 *
 * @param labels what its files and the catalogue say; generic ones where they say nothing.
 * @throws if a label that the readers of the head look for is not among them.
 */
export function familyLabels(labels: readonly string[], head: string, family: readonly string[]): string[] {
  const unnamed = labels.every((label, id) => label === `LABEL_${id}`);
  const usual = unnamed && labels.length === family.length && !withoutUsualOrder.has(head);
  const spelled = usual ? [...family] : familySpelling(labels, family);
  const missing = open.has(head) ? undefined : family.find((label) => !spelled.includes(label));
  if (missing === undefined) return spelled;
  throw new Error(
    `its labels are ${labels.join(', ')}, and none of them is \`${missing}\`; name them in id2label of config.json`,
  );
}

function folded(label: string): string {
  return label
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

/**
 * `labels` in the spelling of `family`, one by one; what has no counterpart there stays as it is, as does a
 * label whose counterpart another one is already.
 */
function familySpelling(labels: readonly string[], family: readonly string[]): string[] {
  const taken = new Set<string>();
  const take = (label: string, counterpart: string | undefined): string => {
    const spelled = counterpart === undefined || taken.has(counterpart) ? label : counterpart;
    taken.add(spelled);
    return spelled;
  };
  const exact = labels.map((label) => family.find((other) => folded(other) === folded(label)));
  for (const found of exact) if (found !== undefined) taken.add(found);
  return labels.map((label, id) => {
    const found = exact[id];
    if (found !== undefined) return found;
    return take(
      label,
      family.find((other) => synonyms[folded(other)]?.includes(folded(label)) === true),
    );
  });
}
