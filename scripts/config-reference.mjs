// Writes docs/configuration.md and schema/config.schema.json, so that the reference and what editors know say what the
// code checks. `--check` writes nothing and fails if a file is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configJsonSchema, configJsonSchemaText } from '../build/src/runtime/config/json-schema.js';

const files = {
  'docs/configuration.md': `${intro()}\n${sections(configJsonSchema(), '').join('\n')}`,
  'schema/config.schema.json': configJsonSchemaText(),
};

for (const [name, text] of Object.entries(files)) {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
  if (process.argv.includes('--check')) {
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    console.error(`${name} is out of date: run \`npm run docs\`.`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function intro() {
  return `# Configuration reference

Generated from the schema (\`npm run docs\`); \`vllm-sr config schema\` and \`schema/config.schema.json\` of the package\nhold the same as JSON Schema for editors.
Unknown keys are errors, except where a section is marked as open.

\`\${VAR}\`, \`\${VAR:-default}\` (unset or empty) and \`\${VAR-default}\` (unset) are filled in from the environment in every
string; \`$$\` is a literal dollar sign. A value without quotes is typed after it is filled in, so
\`port: \${PORT:-8899}\` is a number; inside \`{ }\` and \`[ ]\`, where variables need quotes, numbers and truth values are
taken where nothing else would do.

Older layouts (v0.1, v0.2, earlier names of v0.3) are read too; \`vllm-sr config migrate\` shows what they mean here.
`;
}

/** One section per object that has fields of its own. */
function sections(node, path) {
  const target = itemOf(node);
  const fields = Object.entries(target.properties ?? {});
  if (fields.length === 0) return [];
  const required = new Set(target.required ?? []);
  const rows = fields.map(([name, field]) => {
    const shape = itemOf(field);
    const documented = Object.keys(shape.properties ?? {}).length > 0;
    const meaning = field.description ?? (documented ? (shape.description ?? '') : '');
    const link = documented ? ` See [${join(path, name, field)}](#${anchor(join(path, name, field))}).` : '';
    return `| \`${name}\` | ${typeOf(field)} | ${defaultOf(field, required.has(name))} | ${escapeCell(meaning)}${link} |`;
  });
  const open = target.additionalProperties !== undefined && target.additionalProperties !== false;
  const head = [
    `## ${path === '' ? 'Top level' : path}`,
    '',
    ...(target.description === undefined ? [] : [target.description, '']),
    ...(open ? ['Open: further keys are accepted.', ''] : []),
    '| key | type | default | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  return [head, ...fields.flatMap(([name, field]) => sections(field, join(path, name, field)))];
}

function join(path, name, field) {
  const key = path === '' ? name : `${path}.${name}`;
  return field.type === 'array' ? `${key}[]` : key;
}

/** The object behind a field: of a list its items, of a choice its object form. */
function itemOf(node) {
  if (node.type === 'array') return itemOf(node.items ?? {});
  const choice = (node.anyOf ?? []).find((option) => option.type === 'object');
  return choice ?? node;
}

function typeOf(field) {
  if (field.enum) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.const !== undefined) return `\`${field.const}\``;
  if (field.$ref) return 'rule';
  if (field.anyOf) return [...new Set(field.anyOf.map(typeOf))].join(' or ');
  if (Array.isArray(field.type)) return field.type.join(' or ');
  if (field.type === 'array') return `list of ${typeOf(field.items ?? {})}`;
  if (field.type === 'object' && !field.properties && typeof field.additionalProperties === 'object') {
    return `mapping to ${typeOf(field.additionalProperties)}`;
  }
  return field.type === 'object' ? 'mapping' : (field.type ?? 'any');
}

function defaultOf(field, required) {
  if (field.default === undefined) return required ? 'required' : '';
  const text = JSON.stringify(field.default);
  return text === '{}' || text === '[]' ? '' : `\`${escapeCell(text)}\``;
}

function escapeCell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function anchor(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}
