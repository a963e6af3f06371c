// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of config files, no templates
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError } from '../../../src/runtime/config/diagnostics.js';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { migrateConfigText } from '../../../src/runtime/config/migrate.js';

const runs = 80;

/** Every key that some layout knows, so that random files reach deep into the code. */
const keys = [
  ...['version', 'listeners', 'signals', 'decisions', 'providers', 'routing', 'global', 'strategy'],
  ...[
    'models',
    'defaults',
    'default_model',
    'reasoning_families',
    'model_config',
    'vllm_endpoints',
    'memory',
  ],
  ...[
    'name',
    'port',
    'timeout',
    'address',
    'endpoints',
    'access_key',
    'backend_refs',
    'endpoint',
    'base_url',
  ],
  ...['reasoning_family', 'reasoning', 'type', 'parameter', 'provider', 'api_key', 'api_key_env', 'loras'],
  ...['keywords', 'domains', 'pii', 'complexity', 'rules', 'operator', 'conditions', 'modelRefs', 'model'],
  ...['plugins', 'configuration', 'algorithm', 'modelCards', 'quality_score', 'classifier', 'management_api'],
];

const scalar = fc.oneof(
  fc.constantFrom(
    'a',
    'AND',
    'keyword',
    'domain',
    'math',
    'v0.1',
    '${X}',
    '${X:-5}',
    'semantic-cache',
    '5s',
    '*',
    '&',
  ),
  fc.integer({ min: -2, max: 70_000 }),
  fc.boolean(),
  fc.constant(null),
  fc.string({ maxLength: 8 }),
);

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 7 },
    scalar,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 5 }),
  ),
}));

const file = fc
  .dictionary(fc.constantFrom(...keys), tree, { minKeys: 1, maxKeys: 6 })
  .map((value) => stringify(value));

function survives(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.some(({ severity }) => severity === 'error');
  }
}

describe('whatever the file holds', () => {
  it('loading gives a configuration or errors, nothing else', () => {
    fc.assert(
      fc.property(file, (text) => survives(() => loadConfigText(text, 'f', { X: '7' }))),
      { numRuns: runs },
    );
  });

  it('so does migrating, and migrating twice changes nothing more', () => {
    fc.assert(
      fc.property(file, (text) =>
        survives(() => {
          const once = migrateConfigText(text, 'f').text;
          expect(migrateConfigText(once, 'f').text).toBe(once);
        }),
      ),
      { numRuns: runs },
    );
  });

  it('even if it is no YAML', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a:-[]{}&*!|>\'"%@#?,\n \t$') }), (text) =>
        survives(() => loadConfigText(text, 'f', {})),
      ),
      { numRuns: runs },
    );
  });
});
