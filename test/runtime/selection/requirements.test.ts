import { describe, expect, it } from 'vitest';
import { ask, routerOf } from './support.js';

const file = `
routing:
  candidate_requirements: {capabilities: declared, context: known_limits}
  modelCards:
    - {name: small, context_window_size: 2000}
    - {name: big, context_window_size: 100000, capabilities: [Function calling]}
    - {name: third, modalities: {input: [text, image]}}
  decisions: [{name: d, modelRefs: [{model: small}, {model: big}, {model: third}]}]
`;
const router = routerOf(file);
const modelFor = async (more: Parameters<typeof ask>[1]) => {
  const { target } = await router.plan(ask('hello', more));
  return target?.model.name;
};

describe('requirements of candidates', () => {
  it('leave out models that cannot take the request', async () => {
    expect(await modelFor({})).toBe('small');
    expect(await modelFor({ maxOutputTokens: 5000 })).toBe('big');
    expect(await modelFor({ toolDefinitionCount: 1 })).toBe('big');
    // Its window is not known, so it is not excluded by it.
    expect(await modelFor({ imageCount: 1, maxOutputTokens: 500_000 })).toBe('third');
  });

  it('refuse the request if none is left, and say why', async () => {
    await expect(async () =>
      router.plan(ask('hello', { imageCount: 1, toolDefinitionCount: 1 })),
    ).rejects.toMatchObject({
      code: 'VSR_NO_MODEL_SELECTED',
      message:
        'No model of decision `d` can take this request: `small` declares no support for images; `big` declares no support for images; `third` declares no support for tools.',
    });
  });
});
