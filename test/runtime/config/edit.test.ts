import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigEdit } from '../../../src/runtime/config/edit.js';

const key = fc.stringMatching(/^[a-d]$/);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(fc.string(), fc.integer(), fc.boolean()),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.record({ name: fc.constantFrom('x', 'y', 'z'), size: tie('value') }), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { minKeys: 1, maxKeys: 3 }),
  ),
}));
const mapping = fc.dictionary(key, value, { minKeys: 1, maxKeys: 4 });

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(candidate: unknown): candidate is Mapping {
  return typeof candidate === 'object' && candidate !== null && !Array.isArray(candidate);
}

/** RFC 7396. */
function merged(target: unknown, patch: Mapping): Mapping {
  const result: Record<string, unknown> = isMapping(target) ? { ...target } : {};
  for (const [name, inner] of Object.entries(patch)) {
    if (inner === null) delete result[name];
    else result[name] = isMapping(inner) ? merged(result[name], inner) : inner;
  }
  return result;
}

/** As JSON, so that prototypes do not count. */
const plain = (values: unknown): unknown => JSON.parse(JSON.stringify(values));

describe('an edited file', () => {
  it('means what it was made to mean', () => {
    fc.assert(
      fc.property(mapping, mapping, (before, after) => {
        const edit = new ConfigEdit(stringify(before), 'test');
        edit.replace(after);
        expect(plain(new ConfigEdit(edit.toString(), 'test').values())).toEqual(plain(after));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is merged as RFC 7396 says', () => {
    const patch = fc.dictionary(key, fc.oneof(value, fc.constant(null)), { maxKeys: 4 });
    fc.assert(
      fc.property(mapping, patch, (before, change) => {
        fc.pre(Object.keys(merged(before, change)).length > 0);
        const edit = new ConfigEdit(stringify(before), 'test');
        edit.merge(change);
        expect(plain(new ConfigEdit(edit.toString(), 'test').values())).toEqual(
          plain(merged(before, change)),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('stays as it is, to the letter, if nothing changes', () => {
    const text = `# head
a: # beside
  # above
  - {name: x, size: 1} # one
  - name: y # two
    size: "2"
  # behind

b: 'quoted' # here
`;
    const edit = new ConfigEdit(text, 'test');
    edit.replace({
      b: 'quoted',
      a: [
        { size: 1, name: 'x' },
        { name: 'y', size: '2' },
      ],
    });
    expect(edit.toString()).toBe(text);
  });

  it('keeps the comments of entries that move or change', () => {
    const text = `list:
  # first
  - name: x # x
    size: 1
  # second
  - name: y
    size: 2 # two
`;
    const edit = new ConfigEdit(text, 'test');
    edit.merge({
      list: [
        { name: 'y', size: 3 },
        { name: 'new', size: 0 },
        { name: 'x', size: 1 },
      ],
    });
    expect(edit.toString()).toBe(`list:
  # second
  - name: y
    size: 3 # two
  - name: new
    size: 0
  # first
  - name: x # x
    size: 1
`);
  });
});
