/**
 * Structured logs on stderr, one JSON object per line. Prompts, answers and keys are never logged.
 *
 * @module
 */
import { write, writeSync } from 'node:fs';
import type { RequestObserver, RequestRecord } from './record.js';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
type WrittenLevel = Exclude<LogLevel, 'silent'>;

export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Logger {
  isEnabled(level: WrittenLevel): boolean;
  log(level: WrittenLevel, message: string, fields?: LogFields): void;
  /** Resolves when everything logged so far is written. */
  flush(): Promise<void>;
}

const order: Readonly<Record<LogLevel, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  silent: 99,
};

/** Lines are gathered: a system call for each would cost more than the line itself. */
const gatheredChars = 32_768;
const flushEveryMs = 100;
/** What a blocked reader may make us hold; lines beyond it are dropped and counted. */
const maxWaitingChars = 4_194_304;

class FileLogger implements Logger {
  readonly #minimum: number;
  readonly #descriptor: number;
  #waiting = '';
  #writing = false;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushed: (() => void)[] = [];

  constructor(level: LogLevel, descriptor: number) {
    this.#minimum = order[level];
    this.#descriptor = descriptor;
    process.once('exit', () => this.#writeRest());
  }

  isEnabled(level: WrittenLevel): boolean {
    return order[level] >= this.#minimum;
  }

  log(level: WrittenLevel, message: string, fields?: LogFields): void {
    if (!this.isEnabled(level)) return;
    if (this.#waiting.length > maxWaitingChars) {
      this.#dropped++;
      return;
    }
    this.#waiting += `${JSON.stringify({ level, time: Date.now(), msg: message, ...fields })}\n`;
    this.#writeOrGather();
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#flushed.push(resolve);
      this.#write();
    });
  }

  #writeOrGather(): void {
    if (this.#waiting.length >= gatheredChars) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), flushEveryMs).unref();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing) return;
    if (this.#waiting === '') {
      for (const resolve of this.#flushed.splice(0)) resolve();
      return;
    }
    if (this.#dropped > 0) {
      this.#waiting += `${JSON.stringify({ level: 'warn', time: Date.now(), msg: 'log lines dropped', count: this.#dropped })}\n`;
      this.#dropped = 0;
    }
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = '';
    this.#writing = true;
    this.#writeBytes(bytes);
  }

  #writeBytes(bytes: Buffer): void {
    write(this.#descriptor, bytes, 0, bytes.length, null, (error, written) => {
      if (error?.code === 'EAGAIN') {
        // A terminal or pipe that is full for the moment.
        setTimeout(() => this.#writeBytes(bytes), flushEveryMs);
        return;
      }
      if (error === null && written < bytes.length) {
        this.#writeBytes(bytes.subarray(written));
        return;
      }
      // Where stderr is closed there is nobody to tell.
      this.#writing = false;
      if (this.#flushed.length > 0) this.#write();
      // Not at once: under load every write would follow the one before with the few lines since then.
      else if (this.#waiting !== '') this.#writeOrGather();
    });
  }

  /** The process ends: what is still here goes out now or never. */
  #writeRest(): void {
    try {
      if (this.#waiting !== '') writeSync(this.#descriptor, this.#waiting);
    } catch {
      // See above: nobody to tell.
    }
  }
}

/** A logger to stderr, or another file descriptor. */
export function createLogger(level: LogLevel, descriptor = 2): Logger {
  return new FileLogger(level, descriptor);
}

function round(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 1000) / 1000;
}

/** Writes one line per request: at `info`, failures at `warn`. */
export function requestLog(logger: Logger): RequestObserver {
  return {
    observe(record: RequestRecord): void {
      const level = record.errorReason === undefined ? 'info' : 'warn';
      if (!logger.isEnabled(level)) return;
      const { plan } = record;
      logger.log(level, 'request', {
        request_id: record.requestId,
        status: record.status,
        path: record.path,
        original_model: record.requestedModel?.slice(0, 200),
        selected_model: plan?.target?.model.name,
        decision: plan?.evaluation.decision?.name,
        reasoning: plan?.reasoning?.enabled,
        endpoint: record.endpointHost,
        stream: record.stream,
        routing_ms: round(record.routingMs),
        first_byte_ms: round(record.firstByteMs),
        ms: round(record.totalMs),
        prompt_tokens: record.usage?.promptTokens,
        completion_tokens: record.usage?.completionTokens,
        error: record.errorReason,
      });
    },
  };
}
