/**
 * Repairs the path to the bridge in place: when it is interrupted or the network has changed, the focus is asked for an ICE restart
 * (new credentials within the same session). Where that does not help, the session is given up for another.
 */
import type { MediaConnectionState } from './media-session.js';

/** How long a path may be interrupted before a restart is asked for, in ms: browsers have waited some seconds already. */
const patience = 1000;
/** How long after a change of the network, in ms: addresses come one by one. */
const settling = 500;
/** How long a restart may take, in ms. */
const restartTime = 10_000;
/** How long a path may have failed that never was, in ms: a bridge may find a way to us that we have given up (RFC 8445 section 7.3.1.3). */
const hope = 3000;

export interface IceRecoveryOptions {
  /** Asks for an ICE restart; whether there is to be one. */
  readonly ask: () => Promise<boolean>;
  /** The session cannot be repaired. */
  readonly giveUp: () => void;
}

/** `hoping` for a first path; `waiting` before it asks; `restarting` until the path works, or its time is over. */
type RecoveryState = 'idle' | 'hoping' | 'waiting' | 'restarting' | 'closed';

export class IceRecovery {
  private state: RecoveryState = 'idle';
  private path: MediaConnectionState = 'connecting';
  private everConnected = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: IceRecoveryOptions) {}

  /** How the connection is now. */
  pathIs(path: MediaConnectionState): void {
    this.path = path;
    if (path === 'connected') {
      this.everConnected = true;
      this.rest();
    } else if (path === 'interrupted') this.wait(patience);
    else if (path === 'failed') {
      if (!this.everConnected) this.hope();
      else if (this.state !== 'restarting') void this.restart();
      else this.giveUp();
    }
  }

  /** The machine is on another network, or was on none. A path that still works is kept until there is a better one. */
  networkChanged(): void {
    if (this.everConnected) this.wait(settling);
  }

  close(): void {
    this.rest();
    this.state = 'closed';
  }

  private rest(): void {
    clearTimeout(this.timer);
    if (this.state !== 'closed') this.state = 'idle';
  }

  private hope(): void {
    if (this.state !== 'idle') return;
    this.state = 'hoping';
    this.timer = setTimeout(() => (this.path === 'failed' ? this.giveUp() : this.rest()), hope);
  }

  private wait(time: number): void {
    if (this.state !== 'idle') return;
    this.state = 'waiting';
    this.timer = setTimeout(() => void this.restart(), time);
  }

  private async restart(): Promise<void> {
    clearTimeout(this.timer);
    if (this.state === 'closed') return;
    this.state = 'restarting';
    // One that began while the path worked has no further event of its own.
    this.timer = setTimeout(() => this.over(), restartTime);
    if (!(await this.options.ask())) this.over();
  }

  private over(): void {
    if (this.state !== 'restarting') return;
    if (this.path === 'connected') this.rest();
    else this.giveUp();
  }

  private giveUp(): void {
    if (this.state === 'closed') return;
    this.close();
    this.options.giveUp();
  }
}
