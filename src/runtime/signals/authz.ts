/**
 * `authz`: roles of whoever sends the request.
 *
 * @module
 */
import { z } from 'zod';
import { description } from './rule-fields.js';
import type { Identity, SignalFamily } from './types.js';

const subjectSchema = z
  .strictObject({
    kind: z.enum(['User', 'Group']).describe('Whether `name` is a user or a group.'),
    name: z.string().min(1).describe('User id or group name; upper and lower case differ.'),
  })
  .describe('Who has the role.');

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the binding. Conditions name it, or the role.'),
  description,
  role: z.string().min(1).describe('The role that the subjects have.'),
  subjects: z.array(subjectSchema).min(1).describe('Users and groups that have the role.'),
});

type RoleBinding = z.infer<typeof schema>;
type Subject = z.infer<typeof subjectSchema>;

function isSubject({ userId, groups }: Identity, { kind, name }: Subject): boolean {
  return kind === 'User' ? userId === name : groups.includes(name);
}

/** Bindings by the names that conditions use: a binding's own, and its role, which others may grant too. */
function bindingsByName(rules: readonly RoleBinding[]): Map<string, RoleBinding[]> {
  const byName = new Map<string, RoleBinding[]>();
  for (const rule of rules) {
    for (const name of new Set([rule.name, rule.role])) {
      const bindings = byName.get(name);
      if (bindings === undefined) byName.set(name, [rule]);
      else bindings.push(rule);
    }
  }
  return byName;
}

export const authzFamily: SignalFamily<RoleBinding> = {
  type: 'authz',
  configKey: 'role_bindings',
  summary:
    'Matches the role of the sender, as an API key or a trusted proxy states it; who is unknown has no role.',
  cost: 'free',
  conditionNames: ({ name, role }) => [...new Set([name, role])],
  schema,
  compile(rules) {
    return Array.from(bindingsByName(rules), ([name, bindings]) => ({
      name,
      evaluate({ identity }) {
        // Nobody is let in for want of knowledge: an unknown sender has no role.
        if (identity === undefined) return { status: 'not_matched' };
        const subject = bindings.flatMap(({ subjects }) => subjects).find((one) => isSubject(identity, one));
        return subject === undefined
          ? { status: 'not_matched' }
          : { status: 'matched', evidence: [`${subject.kind} ${subject.name}`] };
      },
    }));
  },
};
