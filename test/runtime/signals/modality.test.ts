import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modalityFamily } from '../../../src/runtime/signals/modality.js';
import { askedFor } from '../../../src/runtime/signals/modality-words.js';
import { encoded, fakeEncoder, issuesOf, outcome } from './fake-request.js';

const near = (x: number) => fakeEncoder((text) => encoded(text === 'create a logo' ? [1, 0] : [x, 1 - x]));
const status = async (name: string, text: string, encoder = near(0)) =>
  (await outcome(modalityFamily, { name }, text, encoder)).status;

describe('the wording of a request', () => {
  it.each([
    ['draw me a whale', 1, 0],
    ['please generate a picture of a whale', 1, 0],
    ['explain tides and draw a diagram of them', 1, 1],
    ['how do I draw a whale?', 0.1, 0],
    ['draw a conclusion from the survey', 0, 0],
    ['draw up a contract', 0.25, 0],
    ['write a Python script that crops images', 0, 1],
    ['what is the weather like', 0.1, 0],
  ])('%j asks for a picture (%d) and a text (%d)', (text, picture, words) => {
    expect(askedFor(text)).toEqual({ picture, text: words });
  });

  it('takes no longer for a text made to confuse it', () => {
    expect(askedFor(`make ${', '.repeat(50_000)}`).picture).toBeLessThan(1);
  });
});

describe('the modality signal', () => {
  it('tells the three apart', async () => {
    expect(await status('DIFFUSION', 'draw me a whale')).toBe('matched');
    expect(await status('AR', 'draw me a whale')).toBe('not_matched');
    expect(await status('BOTH', 'write a story about a whale and draw it')).toBe('matched');
    expect(await status('AR', 'how long do whales live?')).toBe('matched');
    expect(await status('AR', ' ')).toBe('matched');
  });

  it('has probabilities that sum to 1', async () => {
    const found = await Promise.all(
      ['AR', 'DIFFUSION', 'BOTH'].map((name) =>
        outcome(modalityFamily, { name }, 'a whale at night', near(0)),
      ),
    );
    const scores = found.map((one) => (one.status === 'unavailable' ? 0 : (one.score ?? 0)));
    expect(scores.reduce((a, b) => a + b)).toBeCloseTo(1);
  });

  it('asks the model for it if the configuration brings one', async () => {
    const model = 'mmbert32k-modality-router-merged';
    const head = {
      model,
      labels: ['AR', 'DIFFUSION', 'BOTH'],
      probabilities: [0.1, 0.2, 0.7],
      threshold: 0.5,
    };
    const encoder = { ...fakeEncoder(() => encoded([1, 0], [head])), heads: [model] };
    expect(await outcome(modalityFamily, { name: 'BOTH' }, 'hello', encoder)).toMatchObject({
      status: 'matched',
      score: 0.7,
    });
  });

  it('is unavailable without a model, and names its labels', async () => {
    expect((await outcome(modalityFamily, { name: 'AR' }, 'hello')).status).toBe('unavailable');
    expect(issuesOf(modalityFamily, { name: 'image' })[0]).toMatch(/DIFFUSION/);
  });

  it('reads the wording of the recorded requests right where it says anything', () => {
    const rows = readFileSync('test/fixtures/signals/modality.jsonl', 'utf8')
      .trim()
      .split('\n')
      .map((line): { text: string; label: string } => JSON.parse(line));
    const wrong = rows.filter(({ text, label }) =>
      label === 'AR' ? askedFor(text).picture >= 0.8 : askedFor(text).picture <= 0.1,
    );
    expect(wrong).toEqual([]);
  });
});
