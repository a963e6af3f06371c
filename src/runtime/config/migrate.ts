/**
 * Rewrites a config file of an older layout into the canonical one, comments included.
 *
 * @module
 */
import { printDocument, settleDocument } from './comments.js';
import { ConfigError, Findings } from './diagnostics.js';
import { parseSource } from './document.js';
import type { Diagnostic } from './types.js';
import { upgradeDocument } from './upgrade.js';
import { declareImplied } from './upgrade-implied.js';

export interface Migration {
  /** The file in the canonical layout; `${VAR}` references are kept, aliases written out. */
  readonly text: string;
  /** False if the file was in the canonical layout already. */
  readonly changed: boolean;
  /** True if the file was written for v0.1 or v0.2. */
  readonly early: boolean;
  /** What was moved. Says nothing about whether the result is valid: load it to know. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Rewrites the text of a config file.
 *
 * @throws ConfigError if it cannot be parsed or its version is unknown.
 */
export function migrateConfigText(text: string, source: string): Migration {
  const findings = new Findings();
  const parsed = parseSource(text, findings);
  if (parsed === undefined)
    throw new ConfigError(
      source,
      findings.resolve(() => undefined),
    );
  settleDocument(parsed.document, parsed.text);
  const { changed, flat, early } = upgradeDocument(parsed.root, findings, parsed.placeOf, 'told');
  if (flat) declareImplied(parsed.root, findings);
  const diagnostics = findings.resolve(parsed.locate);
  if (findings.hasErrors) throw new ConfigError(source, diagnostics);
  return {
    text: printDocument(parsed.document, parsed.text),
    changed,
    early: flat || early,
    diagnostics,
  };
}
