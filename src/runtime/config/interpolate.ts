/**
 * Environment variables in string values of a config file.
 *
 * `${VAR}` is the variable's value, `${VAR:-default}` falls back if it is unset or empty,
 * `${VAR-default}` if it is unset, `$$` is one dollar sign. `$VAR` is read only where it is the whole value
 * and such a variable is set; any other `$` is left alone, because regular expressions end in one.
 *
 * @module
 */
import { isMap, isScalar, isSeq, Scalar } from 'yaml';
import type { Findings, Place } from './diagnostics.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const reference = /\$\$|\$\{([A-Za-z_]\w*)(?:(:?-)([^}]*))?\}|\$\{/g;

export interface Interpolated {
  readonly text: string;
  /** Variables without value and default. */
  readonly missing: readonly string[];
  /** Text after `${` that is no variable reference. */
  readonly malformed: boolean;
}

/** Replaces the references in `text`. */
export function interpolateText(text: string, env: Environment): Interpolated {
  const missing: string[] = [];
  let malformed = false;
  const bare = /^\$([A-Z_][A-Z0-9_]*)$/.exec(text)?.[1];
  if (bare !== undefined && Object.hasOwn(env, bare)) {
    return { text: env[bare] ?? text, missing, malformed };
  }
  const result = text.replace(reference, (match, name?: string, operator?: string, fallback = '') => {
    if (match === '$$') return '$';
    if (name === undefined || fallback.includes('${')) {
      malformed = true;
      return match;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (operator === undefined) {
      if (value === undefined) missing.push(name);
      return value ?? '';
    }
    if (operator === ':-') return value === undefined || value === '' ? fallback : value;
    return value ?? fallback;
  });
  return { text: result, missing, malformed };
}

/** What became of a scalar that referred to variables. */
export interface Substitution {
  /** As written in the file. Messages quote this, never the value, which may be a secret. */
  readonly source: string;
  /** The text before it was given a type. */
  readonly text: string;
  /** A variable was missing: reported already, so what follows from it need not be. */
  readonly broken: boolean;
}

export type Substitutions = ReadonlyMap<unknown, Substitution>;

/** Replaces the references in every string value below `root`; returns the scalars that had any. */
export function interpolate(
  root: unknown,
  env: Environment,
  findings: Findings,
  placeOf: (node: unknown) => Place | undefined,
): Substitutions {
  const changed = new Map<unknown, Substitution>();
  const visit = (node: unknown): void => {
    if (isSeq(node)) for (const item of node.items) visit(item);
    else if (isMap(node)) for (const pair of node.items) visit(pair.value);
    else if (isScalar(node)) visitScalar(node);
  };
  const visitScalar = (node: Scalar): void => {
    const original = node.value;
    if (typeof original !== 'string' || !original.includes('$')) return;
    const { text, missing, malformed } = interpolateText(original, env);
    const at = placeOf(node);
    for (const name of missing) {
      findings.add({
        severity: 'error',
        path: [],
        at,
        message: `environment variable \`${name}\` is not set`,
        hint: `set it, or give a default: \`\${${name}:-value}\``,
      });
    }
    if (malformed) {
      findings.add({
        severity: 'error',
        path: [],
        at,
        message: `\`${original}\` holds \`\${\` that starts no variable reference`,
        hint: `write \`\${NAME}\`, \`\${NAME:-default}\`, or \`$\${\` for the two characters themselves`,
      });
    }
    const broken = missing.length > 0 || malformed;
    if (!broken && text === original) return;
    changed.set(node, { source: original, text, broken });
    if (broken) return;
    // What the user quoted stays text; plain values get the type they would have if written out.
    node.value = node.type === Scalar.PLAIN ? typedPlain(text) : text;
  };
  visit(root);
  return changed;
}

/** Value of an unquoted scalar by the YAML 1.2 core schema. */
export function typedPlain(text: string): unknown {
  if (/^(?:~|[Nn]ull|NULL)?$/.test(text)) return null;
  if (/^(?:[Tt]rue|TRUE)$/.test(text)) return true;
  if (/^(?:[Ff]alse|FALSE)$/.test(text)) return false;
  if (/^[-+]?\d+$/.test(text) || /^[-+]?(?:\.\d+|\d+\.?\d*)(?:[eE][-+]?\d+)?$/.test(text)) {
    const number = Number(text);
    // A key made of digits only must not lose digits.
    return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
  }
  if (/^0[xo][\da-fA-F]+$/.test(text)) return Number.isNaN(Number(text)) ? text : Number(text);
  return text;
}
