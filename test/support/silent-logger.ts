import type { Logger } from '../../src/runtime/telemetry/log.js';

/** A logger that writes nothing. */
export const silentLogger: Logger = {
  isEnabled: () => false,
  log: () => undefined,
  flush: () => Promise.resolve(),
};
