import { describe, expect, it } from 'vitest';
import { isVsrError } from '../../../src/runtime/errors.js';
import { parsePolicyTests } from '../../../src/runtime/policy/test-file.js';

function problems(text: string): string {
  try {
    parsePolicyTests(text, 'policy.test.yaml');
  } catch (error) {
    if (isVsrError(error) && error.code === 'VSR_INPUT_INVALID') return error.message;
    throw error;
  }
  return 'none';
}

describe('a file of policy tests', () => {
  it('gives one case per prompt, each with its own place', () => {
    const { cases, config } = parsePolicyTests(
      `config: ../config.yaml
cases:
  - name: code
    prompts: [Fix this loop, "Sort  an\\n array"]
    expect: {decision: coding}
  - prompt: hello
    expect: {model: [small, large]}
`,
      'policy.test.yaml',
    );
    expect(config).toBe('../config.yaml');
    expect(cases.map(({ name, place }) => [name, place?.line, place?.column])).toEqual([
      ['code: Fix this loop', 4, 15],
      ['code: Sort an array', 4, 30],
      ['hello', 6, 5],
    ]);
    expect(cases[2]?.expect).toEqual({ model: ['small', 'large'] });
  });

  it('fills in defaults, and a case stands above them', () => {
    const { cases } = parsePolicyTests(
      `defaults:
  identity: {user_id: alice, groups: [staff]}
  metadata: {tier: gold}
  request: {max_tokens: 10}
cases:
  - {prompt: a, expect: {decision: none}}
  - {prompt: b, identity: {user_id: bob}, request: {stream: true}, expect: {decision: none}}
`,
      'policy.test.yaml',
    );
    expect(cases[0]).toMatchObject({
      identity: { userId: 'alice', groups: ['staff'] },
      metadata: { tier: 'gold' },
      fields: { max_tokens: 10, messages: [{ role: 'user', content: 'a' }] },
    });
    expect(cases[1]).toMatchObject({
      identity: { userId: 'bob', groups: [] },
      fields: { max_tokens: 10, stream: true },
    });
  });

  it('says with line and column what is wrong, all at once', () => {
    expect(
      problems(`cases:
  - prompt: a
    prompts: [b]
    expect: {decision: x}
  - prompt: c
    expect: {decisions: x}
  - prompt: d
    expect: {}
  - prompt: e
    expect: {matched: [code]}
`),
    ).toMatchInlineSnapshot(`
      "5 errors in policy.test.yaml:
      policy.test.yaml:2:5 error: \`cases[0]\`: give exactly one of \`prompt\`, \`prompts\` and \`messages\`
      policy.test.yaml:6:13 error: \`expect\`: expects nothing; give \`decision\`, \`model\`, \`matched\` or another field
      policy.test.yaml:6:14 error: unknown key \`decisions\` in \`cases[1].expect\`
        did you mean \`decision\`?
      policy.test.yaml:8:13 error: \`expect\`: expects nothing; give \`decision\`, \`model\`, \`matched\` or another field
      policy.test.yaml:10:24 error: \`matched[0]\`: write a signal as \`family:name\`, e.g. \`keyword:code\`; found \`code\`"
    `);
  });

  it.each([
    ['an empty file', '', 'the file is empty'],
    ['a list', '- prompt: a', 'a test file is a mapping of keys to values; found a list'],
    ['no cases', 'config: a.yaml', '`cases` is missing'],
    [
      'a later layout',
      'version: 2\ncases: [{prompt: a, expect: {decision: x}}]',
      'policy.test.yaml:1:10 error: `version`',
    ],
  ])('refuses %s', (_, text, reason) => {
    expect(problems(text)).toContain(reason);
  });
});
