/**
 * JSON Schema of the config file, for editors and `config schema`.
 *
 * @module
 */
import { z } from 'zod';
import { sharePartsOf } from './json-schema-parts.js';
import { configSchema } from './schema.js';

/** File name under which the schema is put beside a config file. */
export const schemaFileName = 'vllm-sr.schema.json';

/** JSON Schema (draft 2020-12) of what a user may write, with each part written out where it stands. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return { ...schema, title: 'vllm-sr configuration' };
}

/** The schema as the text of a file; recipes would double its size if nothing were shared. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(sharePartsOf(configJsonSchema()), null, 2)}\n`;
}
