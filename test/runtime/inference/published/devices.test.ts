import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { casesOf, distance, encodeAll, filesIn, load, placed, placedGraph, settingsOf } from './support.js';

const [first] = casesOf('bert-domain');

async function expectRight(engine: Parameters<typeof encodeAll>[0]): Promise<void> {
  const [found] = await encodeAll(engine, [first?.text ?? '']);
  expect(distance(found?.logits ?? [], first?.output ?? [])).toBeLessThan(1e-4);
}

describe('devices', () => {
  test('that cannot run the model leave it to the CPU, each with its reason', async () => {
    const dir = placed('bert-domain');
    for (const device of ['cuda', 'coreml', 'dml', 'webgpu'] as const) {
      const { engine, provider, refused } = await load(await settingsOf(dir, { device }));
      // A machine with the device runs it there; nearly all that run tests have none.
      if (provider === 'cpu') {
        expect(refused).toMatchObject([{ provider: device, reason: expect.stringMatching(/\.$/) }]);
      } else expect(listSupportedBackends().map(({ name }) => name)).toContain(provider);
      await expectRight(engine);
    }
  });

  test('auto ends at the CPU wherever nothing else is there', async () => {
    const { engine, provider, refused } = await load(
      await settingsOf(placed('bert-domain'), { device: 'auto' }),
    );
    if (provider === 'cpu' && process.platform === 'linux') {
      expect(refused).toMatchObject([{ provider: 'cuda' }]);
    }
    await expectRight(engine);
  });
});

describe('kept optimised graphs', () => {
  const optimised = (dir: string): string[] => filesIn(dir).filter((name) => name.includes('.opt-'));

  test('are made once and used again', async () => {
    const dir = placed('bert-domain');
    await load(await settingsOf(dir));
    expect(optimised(dir)).toEqual([]);
    const settings = await settingsOf(dir, { keepOptimised: true });
    await expectRight((await load(settings)).engine);
    const [kept = ''] = optimised(dir);
    expect(kept).toMatch(/\.opt-[0-9a-f]{16}\.onnx$/);
    await expectRight((await load(settings)).engine);
    expect(optimised(dir)).toEqual([kept]);
  });

  test('that are damaged are made anew', async () => {
    const dir = placed('bert-domain');
    const settings = await settingsOf(dir, { keepOptimised: true });
    await load(settings);
    const [kept = ''] = optimised(dir);
    writeFileSync(join(dir, kept), 'damaged');
    await expectRight((await load(settings)).engine);
    expect(optimised(dir)).toEqual([kept]);
    await expectRight((await load(settings)).engine);
  });

  test('are not used for other weights', async () => {
    const dir = placedGraph('external');
    const settings = await settingsOf(dir, { keepOptimised: true });
    await load(settings);
    const [kept = ''] = optimised(join(dir, 'onnx'));
    const data = join(dir, 'onnx', 'model.onnx_data');
    renameSync(data, `${data}.old`);
    // As a pull of another revision leaves it: the same name and size, another content.
    writeFileSync(data, Buffer.alloc(93_184));
    const { engine } = await load(settings);
    const [found] = await encodeAll(engine, [first?.text ?? '']);
    expect(distance(found?.logits ?? [], first?.output ?? [])).toBeGreaterThan(0.01);
    expect(optimised(join(dir, 'onnx'))).toHaveLength(1);
    expect(optimised(join(dir, 'onnx'))).not.toEqual([kept]);
  });
});
