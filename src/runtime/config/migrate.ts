/**
 * Rewrites a config file of an older layout into the canonical one, comments included.
 *
 * @module
 */
import { Document, isMap } from 'yaml';
import { printDocument, settleComments } from './comments.js';
import { ConfigError, Findings } from './diagnostics.js';
import { parseSource } from './document.js';
import { newPair, takePair } from './nodes.js';
import { asRecord } from './raw.js';
import type { Diagnostic } from './types.js';
import { upgradeDocument } from './upgrade.js';

export interface Migration {
  /** The file in the canonical layout; `${VAR}` references are kept, aliases written out. */
  readonly text: string;
  /** False if the file was in the canonical layout already. */
  readonly changed: boolean;
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
  settleComments(parsed.root, parsed.text);
  const { changed } = upgradeDocument(parsed.root, findings, parsed.placeOf, 'told');
  const diagnostics = findings.resolve(parsed.locate);
  if (findings.hasErrors) throw new ConfigError(source, diagnostics);
  return {
    text: printDocument(parsed.document),
    changed,
    diagnostics,
  };
}

/** A patch in the names of the canonical layout, whichever it is written in; `null` still removes a key. */
export function canonicalPatch(patch: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const document = new Document(patch);
  const root = document.contents;
  if (!isMap(root)) return patch;
  const own = Object.hasOwn(patch, 'version');
  // A part of a file says nothing about its version, and must not be taken for an early file.
  if (!own) root.items.unshift(newPair('version', 'v0.3'));
  upgradeDocument(root, new Findings(), () => undefined, 'told');
  if (!own) takePair(root, 'version');
  return asRecord(document.toJS()) ?? patch;
}
