/** The password of the room: asked of the user on the way in, remembered for the way back in, and set by moderators. */
import type { Room } from './room.js';
import type { ConferenceView } from './view.js';

export class RoomPassword {
  /** The one that let us in last, or that we set. */
  known: string | undefined;
  private wanted: ((password: string | undefined) => void) | undefined;

  constructor(
    private readonly view: ConferenceView,
    private readonly room: () => Room | undefined,
  ) {}

  /** Resolves with what the user gives; undefined when called off. @param wrong the last one did not fit */
  ask(wrong: boolean, signal: AbortSignal): Promise<string | undefined> {
    this.view.dispatch({ kind: 'password-needed', wrong });
    return new Promise((resolve) => {
      const settle = (password: string | undefined) => {
        this.wanted = undefined;
        if (password !== undefined) this.view.dispatch({ kind: 'password-given' });
        resolve(password);
      };
      this.wanted = settle;
      signal.addEventListener('abort', () => settle(undefined), { once: true });
    });
  }

  give(password: string): void {
    this.wanted?.(password);
  }

  /** Sets the room's, or takes it away. False when we may not. */
  async set(password: string | undefined): Promise<boolean> {
    const done = (await this.room()?.setPassword(password)) ?? false;
    if (done) {
      this.known = password;
      this.view.patch({ locked: password !== undefined });
    }
    return done;
  }

  /** Looks whether newcomers need one. */
  async look(): Promise<void> {
    const locked = await this.room()?.isLocked();
    if (locked !== undefined) this.view.patch({ locked });
  }
}
