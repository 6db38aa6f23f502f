/** What is logged: `log`. */
import { z } from 'zod';
import { oneOf } from '../values.js';

export const log = z.object({
  level: oneOf(
    'CONCLAVE_LOG_LEVEL',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    'info',
    'How much is logged. `info` is what an operator wants to know.',
  ),
  format: oneOf(
    'CONCLAVE_LOG_FORMAT',
    ['auto', 'pretty', 'json'],
    'auto',
    '`auto`: readable on a terminal, else one JSON object a line.',
  ),
});
