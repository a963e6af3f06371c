import { describe, expect, it } from 'vitest';
import type { RoutingRequest } from '../../../src/runtime/apis/types.js';
import { ToolLoops } from '../../../src/runtime/selection/tool-loops.js';
import type { Router } from '../../../src/runtime/selection/types.js';
import type { MessageView } from '../../../src/runtime/signals/types.js';
import { ask, routerOf } from './support.js';

const file = (stickiness = '') => `
routing:
  signals: {keywords: [{name: error, operator: OR, keywords: [error]}, {name: bad, operator: OR, keywords: [bad]}]}
  decisions:
    - {name: guard, rules: {type: keyword, name: bad}, action: {type: block}}
    - {name: trouble, priority: 9, rules: {type: keyword, name: error}, modelRefs: [{model: third}]}
    - {name: all, modelRefs: [{model: big, use_reasoning: true}]}
${stickiness}`;

const user = (text: string): MessageView => ({ role: 'user', text });
const call: MessageView = { role: 'assistant', text: '', toolCalls: 1 };
const result: MessageView = { role: 'tool', text: 'done' };

function request(messages: readonly MessageView[]): RoutingRequest {
  return ask('', {
    messages,
    toolDefinitionCount: 1,
    toolCallCount: messages.filter((one) => one === call).length,
  });
}

class Conversation {
  readonly loops = new ToolLoops();
  readonly #router: Router;

  constructor(router: Router) {
    this.#router = router;
  }

  async send(messages: readonly MessageView[], session?: string, router = this.#router) {
    const asked = request(messages);
    const { config } = router.loaded;
    const settings = config.router.stickiness;
    if (settings === undefined) throw new Error('no settings');
    const { target, sticky, block, reasoning, reason } = this.loops.follow(
      await router.plan(asked),
      asked,
      session,
      config.models,
      settings,
    );
    return {
      model: target?.model.name,
      sticky: sticky === true,
      blocked: block !== undefined,
      reasoning,
      reason,
    };
  }
}

// The text of the user's last message is what signals read, so a second turn of the user may change the decision.
const begun = [user('fix it'), call, result];
const goOn = [...begun, user('an error? go on')];

describe('a tool loop', () => {
  it('stays with the model that began it, and with how that reasons', async () => {
    const conversation = new Conversation(routerOf(file()));
    expect(await conversation.send([user('fix it')])).toMatchObject({ model: 'big', sticky: false });
    expect(await conversation.send(goOn)).toMatchObject({
      model: 'big',
      sticky: true,
      reasoning: { enabled: true },
      reason: 'it began this tool loop; on its own the request would have gone to `third`',
    });
    expect((await conversation.send([...goOn, call, result])).model).toBe('big');
  });

  it('ends when the assistant has answered', async () => {
    const conversation = new Conversation(routerOf(file()));
    await conversation.send([user('fix it')]);
    const over: MessageView[] = [...begun, { role: 'assistant', text: 'Done.' }, user('now an error')];
    expect(await conversation.send(over)).toMatchObject({ model: 'third', sticky: false });
  });

  it('is known by the session even if the client cuts its messages', async () => {
    const conversation = new Conversation(routerOf(file()));
    await conversation.send([user('fix it')], 's1');
    const cut = [user('an error, summed up'), call, result];
    expect((await conversation.send(cut, 's1')).model).toBe('big');
    expect((await conversation.send(cut, 's2')).model).toBe('third');
  });

  it('is not mixed up with that of another conversation', async () => {
    const conversation = new Conversation(routerOf(file()));
    await conversation.send([user('fix it')]);
    expect((await conversation.send([user('an error'), call, result])).model).toBe('third');
  });

  it('is not mixed up with another one where no user speaks', async () => {
    const system = (text: string): MessageView => ({ role: 'system', text });
    const conversation = new Conversation(routerOf(file()));
    expect((await conversation.send([system('an error')])).model).toBe('third');
    expect((await conversation.send([system('tidy up'), call, result])).model).toBe('big');
    const own = await conversation.send([system('an error'), call, { ...result, text: 'fine' }]);
    expect(own.model).toBe('third');
  });

  it('never overrides a block, nor keeps a model that is gone', async () => {
    const conversation = new Conversation(routerOf(file()));
    await conversation.send([user('fix it')]);
    expect(await conversation.send([...begun, user('bad')])).toMatchObject({
      blocked: true,
      model: undefined,
    });
    const router = routerOf(file());
    const { config } = router.loaded;
    const smaller: Router = {
      ...router,
      loaded: {
        ...router.loaded,
        config: { ...config, models: config.models.filter(({ name }) => name !== 'big') },
      },
      plan: (asked) => router.plan(asked),
    };
    expect((await conversation.send(goOn, undefined, smaller)).model).toBe('third');
  });

  it('can be left alone, and forgets what is too much', async () => {
    const off = new Conversation(routerOf(file('global: {router: {stickiness: {enabled: false}}}')));
    await off.send([user('fix it')]);
    expect((await off.send(goOn)).model).toBe('third');
    const small = new Conversation(routerOf(file('global: {router: {stickiness: {max_sessions: 1}}}')));
    await small.send([user('fix it')]);
    await small.send([user('something else')]);
    expect((await small.send(goOn)).model).toBe('third');
  });
});
