/** Commands that wait for their form to be filled in: each for the client that began it, and not for ever. */
import { randomBytes } from 'node:crypto';

interface Execution {
  readonly client: string;
  readonly node: string;
  /** Milliseconds of the epoch. */
  readonly expires: number;
}

export class Executions {
  /** The oldest first. */
  readonly #open = new Map<string, Execution>();

  /** @param lifetime in milliseconds */
  constructor(
    private readonly capacity: number,
    private readonly lifetime: number,
    private readonly now: () => number = Date.now,
  ) {}

  begin(client: string, node: string): string {
    const id = randomBytes(18).toString('base64url');
    this.#open.set(id, { client, node, expires: this.now() + this.lifetime });
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= this.capacity) break;
      this.#open.delete(oldest);
    }
    return id;
  }

  /** Whether the client has begun it, and in time. */
  isOpen(id: string, client: string, node: string): boolean {
    const found = this.#open.get(id);
    return found?.client === client && found.node === node && found.expires > this.now();
  }

  end(id: string): void {
    this.#open.delete(id);
  }
}
