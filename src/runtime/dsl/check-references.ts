/**
 * Names that only the DSL file itself can tell: models with a MODEL block, and routes that tests expect.
 *
 * @module
 */
import { type Field, nodesOf, type ObjectValue, type TextValue, type Value } from './ast.js';
import { nearest, type Problems } from './diagnostics.js';
import { isPlainName, quote } from './format-values.js';
import type { Lowered, Scope } from './lower.js';

/** Warns of tests whose route is not there and, without a base that knows the models, of unknown models. */
export function checkReferences(
  lowered: Lowered,
  options: { modelsKnown: boolean },
  problems: Problems,
): void {
  for (const scope of lowered.scopes) {
    checkTests(scope, problems);
    if (!options.modelsKnown && lowered.modelNames.length > 0)
      checkModels(scope, lowered.modelNames, problems);
  }
}

function checkTests({ routing, tests }: Scope, problems: Problems): void {
  const names = decisionsOf(routing).flatMap(
    (decision) => textOf(fieldNamed(decision, 'name')?.value)?.text ?? [],
  );
  for (const test of tests) {
    for (const { route } of nodesOf(test.body)) {
      if (names.includes(route.text)) continue;
      const near = nearest(route.text, names);
      const hint = near?.hint ?? 'name a ROUTE, or a branch of a DECISION_TREE, of the same file or recipe';
      const replacement = near === undefined ? undefined : nameText(near.replacement);
      problems.warning(
        route.span,
        `TEST ${test.name.text} expects the unknown route \`${route.text}\``,
        hint,
        replacement,
      );
    }
  }
}

function checkModels({ routing }: Scope, known: readonly string[], problems: Problems): void {
  for (const decision of decisionsOf(routing)) {
    const references = fieldNamed(decision, 'modelRefs')?.value;
    for (const reference of references?.kind === 'list' ? nodesOf(references.body) : []) {
      const model = reference.kind === 'object' ? textOf(fieldNamed(reference, 'model')?.value) : undefined;
      if (model === undefined || known.includes(model.text)) continue;
      const near = nearest(model.text, known);
      const hint = near?.hint ?? `declare it: \`MODEL ${nameText(model.text)} { … }\``;
      const replacement = near === undefined ? undefined : nameText(near.replacement);
      problems.warning(model.span, `model \`${model.text}\` has no MODEL block`, hint, replacement);
    }
  }
}

function decisionsOf(routing: ObjectValue): ObjectValue[] {
  const decisions = fieldNamed(routing, 'decisions')?.value;
  const items = decisions?.kind === 'list' ? nodesOf(decisions.body) : [];
  return items.filter((item) => item.kind === 'object');
}

function fieldNamed(value: ObjectValue, key: string): Field | undefined {
  return nodesOf(value.body).find((field) => field.key.text === key);
}

function textOf(value: Value | undefined): TextValue | undefined {
  return value?.kind === 'text' ? value : undefined;
}

function nameText(name: string): string {
  return isPlainName(name) ? name : quote(name);
}
