/**
 * Metrics of the configuration in force and of its reloads.
 *
 * @module
 */
import { MetricRegistry } from './registry.js';

export class ConfigMetrics {
  readonly #registry = new MetricRegistry();
  readonly #reloads = this.#registry.counter(
    'llm_config_reloads_total',
    'Reloads of the configuration by result (reloaded, failed).',
    'result',
  );
  readonly #seconds = this.#registry
    .histogram(
      'llm_config_reload_duration_seconds',
      'Time to read, check and compile a new configuration.',
      [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    )
    .of();
  #hash: string;
  #successful = true;
  #since = Date.now();

  /** @param hash Of the configuration that the process starts with. */
  constructor(hash: string) {
    this.#hash = hash;
  }

  reloaded(hash: string, milliseconds: number): void {
    this.#reloads.of('reloaded').add(1);
    this.#seconds.add(milliseconds / 1000);
    this.#hash = hash;
    this.#since = Date.now();
    this.#successful = true;
  }

  /** The file is again what is in force. */
  unchanged(): void {
    this.#successful = true;
  }

  failed(): void {
    this.#reloads.of('failed').add(1);
    this.#successful = false;
  }

  /** The metrics in the Prometheus text format. */
  text(): string {
    return `${this.#registry.text()}${gauge(
      'llm_config_info',
      'The configuration in force.',
      1,
      `{hash="${this.#hash}"}`,
    )}${gauge(
      'llm_config_last_reload_successful',
      '1 if the file could be used when it last changed, else 0.',
      this.#successful ? 1 : 0,
    )}${gauge(
      'llm_config_last_reload_success_timestamp_seconds',
      'When the configuration in force was loaded.',
      this.#since / 1000,
    )}`;
  }
}

function gauge(name: string, help: string, value: number, labels = ''): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}${labels} ${value}\n`;
}
