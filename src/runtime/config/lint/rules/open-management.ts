/**
 * A management port that others can reach.
 *
 * @module
 */
import { isLoopback } from '../../loopback.js';
import type { FileRule } from '../types.js';

export const openManagement: FileRule = {
  scope: 'file',
  code: 'open-management',
  summary: 'The management port is open to other machines and asks for no token.',
  severity: 'warning',
  certain: false,
  check({ config }) {
    const { address, tokens = [] } = config.management;
    if (isLoopback(address) || tokens.length > 0) return [];
    return [
      {
        path: ['global', 'services', 'management_api', 'bind_address'],
        message: `the management API listens on ${address} and asks for no token: whoever reaches it can read the configuration`,
        hint: 'set `auth: {mode: bearer, tokens: [{env: NAME, role: operator}]}`, or `bind_address: 127.0.0.1`',
      },
    ];
  },
};
