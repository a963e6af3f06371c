/**
 * Structured logs on stderr, one JSON object per line. Prompts, answers and keys are never logged.
 *
 * @module
 */
import type { Logger as Pino } from 'pino';
import type { RequestObserver, RequestRecord } from './record.js';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
type WrittenLevel = Exclude<LogLevel, 'silent'>;

export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Logger {
  isEnabled(level: WrittenLevel): boolean;
  log(level: WrittenLevel, message: string, fields?: LogFields): void;
  /** Writes out what is still buffered. */
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

/** Lines kept while the log library loads. */
const maxPending = 1_000;

class LazyLogger implements Logger {
  readonly #level: LogLevel;
  readonly #minimum: number;
  #pino: Pino | undefined;
  #loading: Promise<void> | undefined;
  #pending: { level: WrittenLevel; message: string; fields: LogFields; time: number }[] = [];

  constructor(level: LogLevel) {
    this.#level = level;
    this.#minimum = order[level];
  }

  isEnabled(level: WrittenLevel): boolean {
    return order[level] >= this.#minimum;
  }

  log(level: WrittenLevel, message: string, fields: LogFields = {}): void {
    if (!this.isEnabled(level)) return;
    if (this.#pino !== undefined) {
      this.#pino[level](fields, message);
      return;
    }
    if (this.#pending.length < maxPending) this.#pending.push({ level, message, fields, time: Date.now() });
    this.#loading ??= this.#load();
  }

  async flush(): Promise<void> {
    await this.#loading;
    const pino = this.#pino;
    if (pino !== undefined) await new Promise<void>((resolve) => pino.flush(() => resolve()));
  }

  async #load(): Promise<void> {
    const { default: pino } = await import('pino');
    // Lines are written in the background, so that a slow terminal does not slow down requests.
    const destination = pino.destination({ fd: 2, sync: false });
    const options = {
      level: this.#level,
      base: null,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    this.#pino = pino(options, destination);
    const pending = this.#pending;
    this.#pending = [];
    for (const { level, message, fields, time } of pending)
      this.#pino[level]({ ...fields, loggedAt: time }, message);
  }
}

/** A logger that loads its library with the first line. */
export function createLogger(level: LogLevel): Logger {
  return new LazyLogger(level);
}

/** A logger that writes nothing. */
export const silentLogger: Logger = {
  isEnabled: () => false,
  log: () => undefined,
  flush: () => Promise.resolve(),
};

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
