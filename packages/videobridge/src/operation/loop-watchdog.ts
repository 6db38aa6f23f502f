/**
 * Notices from inside that the event loop is stuck, when no request is answered any more: the loop beats, and a thread of its own
 * watches that it does. Ending the process takes the bridge out of the brewery at once, and the focus moves its conferences.
 */
import { url as inspectorUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';

import { observeLoop, type ObserverSettings } from './loop-observer.js';

export interface WatchdogOptions {
  /** Seconds that the loop may be stuck before it is logged where. */
  readonly reportAfter: number;
  /** Seconds after which the process is killed; 0: never. */
  readonly endAfter: number;
}

/** Between two looks, and between two beats, in ms. */
const LOOK = 1000;
const BEAT = 250;

/** What the thread runs. */
export const observerSource = `(${observeLoop.toString()})(require, require('node:worker_threads').workerData)`;

/** Begins to watch the event loop of this process. Answers how to cease. */
export function watchLoop(
  { reportAfter, endAfter }: WatchdogOptions,
  labels: Readonly<Record<string, string>>,
): () => void {
  const beats = new SharedArrayBuffer(4);
  const counter = new Int32Array(beats);
  const settings: ObserverSettings = {
    beats,
    interval: LOOK,
    reportAfter: Math.ceil((reportAfter * 1000) / LOOK),
    // Whoever looks at the process with a debugger keeps it waiting.
    endAfter: inspectorUrl() === undefined ? Math.ceil((endAfter * 1000) / LOOK) : 0,
    labels,
  };
  const observer = new Worker(observerSource, { eval: true, workerData: settings, name: 'loop-watchdog' });
  observer.unref();
  const beating = setInterval(() => Atomics.add(counter, 0, 1), BEAT);
  return () => {
    clearInterval(beating);
    void observer.terminate();
  };
}
