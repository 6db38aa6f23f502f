/** What one person may make a publish-subscribe service send, and read of it (XEP-0060 s.13): options of every module that is one. */
import { z } from 'zod';
import { ReadingPace } from '../archive/reading-pace.js';
import { FanOut } from './fan-out.js';

export const pacingOptions = {
  /** Notifications that one person's publishing may cause: in a second, and at once. */
  notificationsPerSecond: z.int().positive().default(1000),
  notificationsAtOnce: z.int().positive().default(20_000),
  /** Characters that one person may read: in a second, and at once. */
  readPerSecond: z
    .int()
    .positive()
    .default(128 * 1024),
  readAtOnce: z
    .int()
    .positive()
    .default(8 * 1024 * 1024),
};

/** Of a request to read, in characters, beside those of the answer. */
const readingCost = 256;

interface Rates {
  readonly notificationsPerSecond: number;
  readonly notificationsAtOnce: number;
  readonly readPerSecond: number;
  readonly readAtOnce: number;
}

export function pacing(rates: Rates): { readonly fanOut: FanOut; readonly pace: ReadingPace } {
  const reading = { bytesPerSecond: rates.readPerSecond, burst: rates.readAtOnce };
  return {
    fanOut: new FanOut(rates.notificationsPerSecond, rates.notificationsAtOnce),
    pace: new ReadingPace(reading, readingCost),
  };
}
