/**
 * What conditions of a configuration refer to beside signals: projections, composers, categories of
 * domains, knowledge bases.
 *
 * @module
 */
import { z } from 'zod';
import { canonicalDomainLabel, categoriesOfRule } from '../signals/domain-labels.js';
import type { LeafContext } from './leaves.js';
import type { Projections } from './projections/types.js';
import { ruleSchema } from './types.js';

/** The part of a configuration that decisions stand on. */
export interface LeafSettings {
  /** Signal rules by the family's config key. */
  readonly signals: Readonly<Record<string, readonly { readonly name: string }[]>>;
  readonly projections: Projections;
}

const domainRule = z.object({ name: z.string(), mmlu_categories: z.array(z.string()).optional() });
const complexityRule = z.object({ name: z.string(), composer: ruleSchema });
const baseRule = z.object({ name: z.string(), kb: z.string() });

/** Rules under a config key that have the form asked for. */
function rulesOf<T>(settings: Pick<LeafSettings, 'signals'>, configKey: string, schema: z.ZodType<T>): T[] {
  return (settings.signals[configKey] ?? []).flatMap((rule) => {
    const parsed = schema.safeParse(rule);
    return parsed.success ? [parsed.data] : [];
  });
}

/** Categories that each domain rule is about, spelled as in `domainLabels` where they are one of them. */
export function categoriesOfDomains(
  settings: Pick<LeafSettings, 'signals'>,
): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    rulesOf(settings, 'domains', domainRule).map((rule) => [
      rule.name,
      new Set(categoriesOfRule(rule).map(plainCategory)),
    ]),
  );
}

/** Reads the rules themselves, which are otherwise nobody's business but their family's. */
export function leafContextOf(settings: LeafSettings): LeafContext {
  const embeddings = new Set((settings.signals.embeddings ?? []).map(({ name }) => name));
  const categories = categoriesOfDomains(settings);
  const bases = rulesOf(settings, 'kb', baseRule);
  return {
    projections: settings.projections,
    memberType: (member) => (embeddings.has(member) && !categories.has(member) ? 'embedding' : 'domain'),
    composers: new Map(
      rulesOf(settings, 'complexity', complexityRule).map(({ name, composer }) => [name, composer]),
    ),
    isAbout: (domain, category) =>
      domain === category || categories.get(domain)?.has(plainCategory(category)) === true,
    ruleOfBase: (base) => bases.find(({ kb }) => kb === base)?.name,
  };
}

/** Name under which a category is compared: any case, `_` or `-` for a space. */
export function plainCategory(category: string): string {
  return canonicalDomainLabel(category) ?? category.trim().toLowerCase();
}
