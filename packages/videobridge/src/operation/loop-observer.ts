/**
 * What a thread beside the event loop does: it sees whether the loop beats, says where it is stuck when it does not, and after
 * some time ends the process, which a supervisor starts again. It counts its own looks and not the time, since a machine that
 * slept stopped both.
 *
 * The function is handed to the thread as text, so that it is the same from sources and from what is built: it may refer to
 * nothing but its arguments and what a thread has of itself.
 */
import type { Session } from 'node:inspector';

export interface ObserverSettings {
  /** One Int32: what the loop counts up each time it comes round. */
  readonly beats: SharedArrayBuffer;
  /** Between two looks, in ms; the loop comes round more often than that. */
  readonly interval: number;
  /** Looks without a beat after which it is said where the loop is stuck. */
  readonly reportAfter: number;
  /** The same, after which the process is ended; 0: never. */
  readonly endAfter: number;
  /** What each line of the log has beside its message. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Calls on the stack that are told, the innermost first. */
type Stack = readonly string[];

/** Runs in the thread, for ever. */
export function observeLoop(require: NodeJS.Require, settings: ObserverSettings): void {
  const fs = require('node:fs') as { writeSync(fd: number, text: string): number };
  const inspector = require('node:inspector') as { Session: new () => Session };
  const { interval, reportAfter, endAfter, labels } = settings;
  const beats = new Int32Array(settings.beats);
  const level = { warn: 40, error: 50, fatal: 60 };
  let last = Atomics.load(beats, 0);
  let missed = 0;

  const say = (severity: keyof typeof level, msg: string, more: object): void => {
    const line = `${JSON.stringify({ level: level[severity], time: Date.now(), ...labels, ...more, msg })}\n`;
    try {
      fs.writeSync(1, line);
    } catch {
      // A full pipe: nobody reads the log.
    }
  };

  /** Interrupts the main thread for a moment to read its stack; native code cannot be interrupted, and then nothing comes. */
  const whereabouts = (told: (stack: Stack) => void): void => {
    const session = new inspector.Session();
    session.connectToMainThread();
    session.on('Debugger.paused', ({ params }) => {
      const stack = params.callFrames
        .slice(0, 20)
        .map(
          ({ functionName, url, location }) =>
            `${functionName === '' ? '(anonymous)' : functionName} ${url}:${location.lineNumber + 1}`,
        );
      session.post('Debugger.resume', () => session.disconnect());
      told(stack);
    });
    session.post('Debugger.enable', () => session.post('Debugger.pause'));
  };

  setInterval(() => {
    const now = Atomics.load(beats, 0);
    if (now !== last) {
      if (missed >= reportAfter) say('warn', 'the event loop turns again', { stuckMs: missed * interval });
      last = now;
      missed = 0;
      return;
    }
    missed += 1;
    if (missed === reportAfter) {
      say('error', 'the event loop is stuck', { stuckMs: missed * interval });
      whereabouts((stack) => say('error', 'where the event loop is stuck', { stack }));
    } else if (missed === endAfter) {
      say('fatal', 'the event loop is stuck for good: the process ends', { stuckMs: missed * interval });
      // Nothing else comes through to a stuck process, and a core dump would hold what is said in meetings.
      process.kill(process.pid, 'SIGKILL');
    }
  }, interval);
}
