/**
 * JSON Schema of the config file, for editors and `config schema`.
 *
 * @module
 */
import { z } from 'zod';
import { configSchema } from './schema.js';

/** File name under which the schema is put beside a config file. */
export const schemaFileName = 'vllm-sr.schema.json';

/**
 * JSON Schema (draft 2020-12) of what a user may write.
 *
 * @param reused `inline`: parts that are used several times are written out each time, for who walks the schema.
 */
export function configJsonSchema(reused: 'inline' | 'ref' = 'inline'): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any', reused });
  return { ...schema, title: 'vllm-sr configuration' };
}

/** The schema as the text of a file; recipes would double its size if nothing were reused. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema('ref'), null, 2)}\n`;
}
