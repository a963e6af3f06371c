import { describe, expect, it } from 'vitest';
import { authzFamily } from '../../../src/runtime/signals/authz.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import type { Identity } from '../../../src/runtime/signals/types.js';
import { issuesOf, routingRequest } from './fake-request.js';

const bindings = [
  { name: 'leads', role: 'premium', subjects: [{ kind: 'User', name: 'ada' }] },
  { name: 'research', role: 'premium', subjects: [{ kind: 'Group', name: 'lab' }] },
  { name: 'premium-trial', role: 'trial', subjects: [{ kind: 'Group', name: 'ada' }] },
];

/** Names that match for a sender. */
async function roles(identity: Identity | undefined): Promise<string[]> {
  const rules = authzFamily.compile(
    bindings.map((binding) => authzFamily.schema.parse(binding)),
    { encoder: undefined },
  );
  const request = createSignalRequest(routingRequest([{ role: 'user', text: 'x' }], { identity }), undefined);
  const outcomes = await Promise.all(
    rules.map(async (rule) => ({ name: rule.name, ...(await rule.evaluate(request)) })),
  );
  return outcomes.flatMap(({ name, status }) => (status === 'matched' ? [name] : []));
}

describe('the authz signal', () => {
  it('gives roles to users and to members of groups, under the name of the binding and of the role', async () => {
    expect(await roles({ userId: 'ada', groups: [] })).toEqual(['leads', 'premium']);
    expect(await roles({ userId: 'bob', groups: ['x', 'lab'] })).toEqual(['premium', 'research']);
    expect(await roles({ userId: undefined, groups: ['lab'] })).toEqual(['premium', 'research']);
  });

  it('keeps users and groups of one name apart, and upper and lower case', async () => {
    expect(await roles({ userId: 'bob', groups: ['ada'] })).toEqual(['premium-trial', 'trial']);
    expect(await roles({ userId: 'Ada', groups: ['LAB'] })).toEqual([]);
  });

  it('gives no role to a sender nobody has named', async () => {
    expect(await roles(undefined)).toEqual([]);
  });

  it('compiles one rule per name, though several bindings grant a role', () => {
    const rules = authzFamily.compile(
      bindings.map((binding) => authzFamily.schema.parse(binding)),
      { encoder: undefined },
    );
    expect(rules.map(({ name }) => name)).toEqual(['leads', 'premium', 'research', 'premium-trial', 'trial']);
    const [first] = bindings.map((binding) => authzFamily.schema.parse(binding));
    expect(first && authzFamily.conditionNames?.(first)).toEqual(['leads', 'premium']);
  });

  it('refuses a binding for nobody, and other kinds of subjects', () => {
    expect(issuesOf(authzFamily, { name: 'a', role: 'r', subjects: [] })).toHaveLength(1);
    expect(
      issuesOf(authzFamily, { name: 'a', role: 'r', subjects: [{ kind: 'user', name: 'x' }] }),
    ).toHaveLength(1);
  });
});
