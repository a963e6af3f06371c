/**
 * Opens a model in its worker thread.
 *
 * @module
 */
import { stat } from 'node:fs/promises';
import type { Engine } from './engine.js';
import type { LoadedModel, ModelSettings, PairSettings, TextSettings } from './messages.js';
import { PairEngine } from './pair-engine.js';
import { openEmbeddedPair } from './pair-model.js';
import { TextEngine } from './text-engine.js';
import { openEmbeddedText } from './text-model.js';

export interface LoadedEngine extends Omit<LoadedModel, 'loadMs'> {
  readonly engine: Engine;
}

/** @throws if the files cannot be read, are damaged, or hold what cannot be run; the message says which. */
export async function loadEngine(settings: ModelSettings): Promise<LoadedEngine> {
  switch (settings.input) {
    case 'text': {
      const model = await openEmbeddedText(settings);
      return { engine: await TextEngine.open(model), ...(await aboutEmbedded(settings)) };
    }
    case 'pair': {
      const model = await openEmbeddedPair(settings);
      return { engine: await PairEngine.open(model), ...(await aboutEmbedded(settings)) };
    }
    case 'published': {
      // Most processes never run one.
      const { loadPublished } = await import('./published/load.js');
      return loadPublished(settings);
    }
  }
}

async function aboutEmbedded({
  graph,
  maxTokens,
}: TextSettings | PairSettings): Promise<Omit<LoadedEngine, 'engine'>> {
  const { size } = await stat(graph);
  return { provider: 'cpu', refused: [], maxTokens, bytes: size, heads: [] };
}
