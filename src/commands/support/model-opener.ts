/**
 * The models of a server, as its configurations want them one after the other. What is the same in two of them is
 * loaded once.
 *
 * @module
 */
import type { ModelOpener } from '../../runtime/server/own-models.js';
import type { CommandContext } from '../command.js';
import { openOwnModels, type PlanChoice, planFor } from './own-models.js';

/** Opens models for `serve`; says on stderr what there is to say when they are in force. */
export async function createModelOpener(
  { pull }: Pick<PlanChoice, 'pull'>,
  context: CommandContext,
): Promise<ModelOpener> {
  const { OpenedModels } = await import('../../runtime/inference/shared-models.js');
  const opened = new OpenedModels();
  /** What was said of the models in force: whoever changes something else knows it already. */
  let told: ReadonlySet<string> = new Set();
  return {
    plan: (loaded) => planFor(loaded, context),
    async open(loaded) {
      const texts = new Set<string>();
      let announced = false;
      const say = (text: string): void => {
        if (texts.has(text)) return;
        texts.add(text);
        if (announced) context.stderr.write(text);
      };
      const models = await openOwnModels(loaded, { pull, say, opened }, context);
      return {
        ...models,
        announce() {
          announced = true;
          for (const text of texts) if (!told.has(text)) context.stderr.write(text);
          told = texts;
        },
      };
    },
  };
}
