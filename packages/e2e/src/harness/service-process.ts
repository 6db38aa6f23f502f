/** A command as a process of its own, known by the lines that it prints. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Milliseconds until an awaited log line is given up: what comes at all comes in seconds, unless the machine is busy. */
const patience = 90_000;
/** Milliseconds that a service has to end (the promise of the issue: five seconds, and the process's own start and end). */
const stopWithin = 6_000;

export type ExitCode = number | NodeJS.Signals;

export class ServiceProcess {
  readonly lines: string[] = [];
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private readonly events = new EventEmitter();
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<ExitCode>;

  /** @param environment all that the process finds in its environment, but for PATH and HOME */
  constructor(
    readonly name: string,
    private readonly command: readonly [string, ...string[]],
    readonly environment: Readonly<Record<string, string>>,
    private readonly directory: string,
  ) {
    const [program, ...args] = command;
    this.child = spawn(program, args, {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.events.setMaxListeners(0);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        this.events.emit('line');
      });
    }
    this.exited = once(this.child, 'close').then(([code, signal]) => {
      this.events.emit('line');
      return (code ?? signal) as ExitCode;
    });
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The same command once more, perhaps in a changed environment. */
  again(changes: Readonly<Record<string, string>> = {}): ServiceProcess {
    return new ServiceProcess(this.name, this.command, { ...this.environment, ...changes }, this.directory);
  }

  /** Ends it without warning, as a power cut would. */
  async cut(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** The first line that matches (or the nth), perhaps one that is there already. Rejects with the log when it does not come. */
  async line(pattern: RegExp, nth = 1): Promise<string> {
    const deadline = AbortSignal.timeout(patience);
    for (;;) {
      const found = this.lines.filter((line) => pattern.test(line))[nth - 1];
      if (found !== undefined) return found;
      if (!this.alive) throw new Error(`${this.name} ended:\n${this.log}`);
      await once(this.events, 'line', { signal: deadline }).catch(() => {
        throw new Error(`${this.name} did not log ${pattern}:\n${this.log}`);
      });
    }
  }

  /** Its own end, within some patience, with all that it printed. */
  async end(): Promise<{ readonly code: ExitCode; readonly output: string }> {
    const kill = setTimeout(() => this.child.kill('SIGKILL'), patience);
    const code = await this.exited;
    clearTimeout(kill);
    return { code, output: this.lines.join('\n') };
  }

  get log(): string {
    return this.lines.slice(-100).join('\n');
  }

  /** Asks it to end, and returns its exit code and how long it took (milliseconds). */
  async stop(): Promise<{ readonly code: ExitCode; readonly took: number }> {
    const asked = Date.now();
    this.child.kill('SIGTERM');
    const kill = setTimeout(() => this.child.kill('SIGKILL'), stopWithin);
    const code = await this.exited;
    clearTimeout(kill);
    return { code, took: Date.now() - asked };
  }
}

/** Runs a command to its end. */
export async function runCommand(
  command: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
  directory: string,
): Promise<{ readonly code: ExitCode; readonly output: string }> {
  const process = new ServiceProcess(command.join(' '), command, environment, directory);
  return process.end();
}
