/**
 * Entry of an inference worker thread: takes texts, answers with what the model gives.
 *
 * @module
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.js';
import { takeBatch } from './batching.js';
import type { WorkerMessage, WorkerRequest, WorkerSettings } from './messages.js';
import { Model, type Prepared } from './model.js';
import { NativeGate } from './native-gate.js';

class Server {
  readonly #port: MessagePort;
  readonly #gate: NativeGate;
  #model: Model | undefined;
  readonly #waiting: Prepared[] = [];
  #running = true;
  #closing = false;

  constructor(port: MessagePort, gate: NativeGate) {
    this.#port = port;
    this.#gate = gate;
    port.on('message', (request: WorkerRequest) => this.#receive(request));
  }

  async load(settings: WorkerSettings): Promise<void> {
    try {
      this.#model = await Model.load(settings);
      this.#post({ type: 'ready' });
    } catch (error) {
      this.#post({ type: 'unusable', message: messageOf(error) });
      this.#closing = true;
    }
    this.#gate.leave();
    this.#running = false;
    if (this.#closing) await this.#close();
  }

  #receive(request: WorkerRequest): void {
    if (request.type === 'close') {
      this.#closing = true;
      // Else the load or run under way closes when it has ended.
      if (!this.#running) void this.#close();
    } else if (this.#model !== undefined) {
      this.#waiting.push(this.#model.prepare(request));
      if (!this.#running) void this.#drain(this.#model);
    }
  }

  /** Answers in about the order in which texts came; short ones that wait together share a run. */
  async #drain(model: Model): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0 && !this.#closing && this.#gate.enter()) {
      const batch = model.batches ? takeBatch(this.#waiting) : this.#waiting.splice(0, 1);
      try {
        for (const answer of await model.encode(batch)) {
          this.#port.postMessage(answer, [answer.embedding.buffer, answer.logits.buffer]);
        }
      } catch (error) {
        for (const { id } of batch) this.#post({ type: 'error', id, message: messageOf(error) });
      }
      this.#gate.leave();
    }
    this.#running = false;
    if (this.#closing) await this.#close();
  }

  async #close(): Promise<void> {
    const model = this.#model;
    this.#model = undefined;
    if (this.#gate.enter()) {
      await model?.close();
      this.#gate.leave();
    }
    // With the port closed nothing keeps the thread alive.
    this.#port.close();
  }

  #post(message: WorkerMessage): void {
    this.#port.postMessage(message);
  }
}

if (parentPort !== null) {
  const settings: WorkerSettings = workerData;
  await new Server(parentPort, new NativeGate(settings.gate)).load(settings);
}
