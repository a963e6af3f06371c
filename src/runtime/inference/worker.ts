/**
 * Entry of an inference worker thread: takes jobs, answers with what the model gives.
 *
 * @module
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.js';
import type { Engine } from './engine.js';
import { loadEngine } from './load-engine.js';
import type { ModelSettings, WorkerMessage, WorkerRequest, WorkerSettings } from './messages.js';
import { NativeGate } from './native-gate.js';

class Server {
  readonly #port: MessagePort;
  readonly #gate: NativeGate;
  #engine: Engine | undefined;
  #running = true;
  #closing = false;

  constructor(port: MessagePort, gate: NativeGate) {
    this.#port = port;
    this.#gate = gate;
    port.on('message', (request: WorkerRequest) => this.#receive(request));
  }

  async load(settings: ModelSettings): Promise<void> {
    try {
      const begun = performance.now();
      const { engine, ...model } = await loadEngine(settings);
      this.#engine = engine;
      this.#post({ type: 'ready', model: { ...model, loadMs: performance.now() - begun } });
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
    } else if (request.type === 'forget') {
      this.#engine?.forget(request.id);
    } else if (this.#engine !== undefined) {
      const outcome = this.#engine.take(request.id, request.job);
      if (outcome !== undefined) this.#post(outcome);
      else if (!this.#running) void this.#drain(this.#engine);
    }
  }

  async #drain(engine: Engine): Promise<void> {
    this.#running = true;
    while (engine.waiting && !this.#closing && this.#gate.enter()) {
      const begun = performance.now();
      const outcomes = await engine.step();
      this.#gate.leave();
      this.#post({ type: 'ran', milliseconds: performance.now() - begun });
      for (const outcome of outcomes) this.#post(outcome);
    }
    this.#running = false;
    if (this.#closing) await this.#close();
  }

  async #close(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    if (this.#gate.enter()) {
      await engine?.close();
      this.#gate.leave();
    }
    // With the port closed nothing keeps the thread alive.
    this.#port.close();
  }

  #post(message: WorkerMessage): void {
    const moved =
      message.type === 'answer' && message.answer.type === 'encoded'
        ? [message.answer.embedding.buffer, message.answer.logits.buffer]
        : [];
    this.#port.postMessage(message, moved);
  }
}

if (parentPort !== null) {
  const settings: WorkerSettings = workerData;
  await new Server(parentPort, new NativeGate(settings.gate)).load(settings.model);
}
