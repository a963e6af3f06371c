/**
 * The requests and answers of the overhead bench.
 *
 * @module
 */

/** Digits that the load generator replaces, so that every request carries a text of its own. */
export const counterMark = '00000000';

const system =
  'You are a careful assistant of a support team. Answer in complete sentences, name the documents you ' +
  'rely on, and say so when you are not certain. Keep to the language of the question.';

const question =
  `Regarding ticket ${counterMark}: since the update of last week the nightly export of our inventory ends ` +
  'after about forty minutes although the schedule allows two hours. The report then lacks the last two ' +
  'warehouses, and the totals on the summary page disagree with the detail pages. We already doubled the ' +
  'memory of the worker, cleared the temporary folder and ran the export by hand with the same outcome. ' +
  'Please explain which settings limit the duration of an export, how they interact with each other, and ' +
  'in which order we should change them so that the complete report is ready before the office opens.';

/**
 * Body of a chat request, about 1 kB.
 *
 * @param {{stream?: boolean, model?: string}} [options]
 */
export function chatBody({ stream = false, model = 'auto' } = {}) {
  return Buffer.from(
    JSON.stringify({
      model,
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: question },
      ],
      temperature: 0.2,
      max_tokens: 256,
      top_p: 0.95,
      ...(stream && { stream: true }),
      user: 'bench-user-0001',
    }),
  );
}

/** A chat completion of about 720 bytes. */
export function chatAnswer() {
  return Buffer.from(
    JSON.stringify({
      id: 'chatcmpl-bench-0001',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'upstream-model',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content:
              'Three settings limit an export: the time limit of the job itself, the idle timeout of the ' +
              'database connection, and the lifetime of the token the worker signs in with. The shortest ' +
              'one wins, which here is the token with forty minutes. Raise its lifetime first, then the ' +
              'idle timeout, and the time limit of the job last. Run the export once by hand after every ' +
              'step, so that you can tell which of them made the difference.',
          },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 187, completion_tokens: 71, total_tokens: 258 },
      system_fingerprint: 'fp_bench',
    }),
  );
}

/** Events of a streamed answer: 19 words, one finish event, `[DONE]`. */
export function chatEvents() {
  /** @param {object} delta @param {string | null} finish */
  const event = (delta, finish) =>
    Buffer.from(
      `data: ${JSON.stringify({
        id: 'chatcmpl-bench-0001',
        object: 'chat.completion.chunk',
        created: 1_700_000_000,
        model: 'upstream-model',
        choices: [{ index: 0, delta, finish_reason: finish }],
      })}\n\n`,
    );
  const words = Array.from({ length: 19 }, (_, index) => event({ content: ` word${index}` }, null));
  return [...words, event({}, 'stop'), Buffer.from('data: [DONE]\n\n')];
}
