/** Who has asked to be made a member of a room (XEP-0045 s.9.9): each once, so that refusals are not worn down by asking again. */
import type { Jid } from '@conclave/signaling';
import { z } from 'zod';

export const storedRequests = z.object({
  waiting: z.array(z.object({ person: z.string(), nick: z.string() })),
  refused: z.array(z.string()),
});

type StoredRequests = z.output<typeof storedRequests>;

interface MembershipRequest {
  /** Bare JID. */
  readonly person: string;
  /** The nickname that is to be kept for the member. */
  readonly nick: string;
}

/** What becomes of a wish: it is new and waits for an answer, or it does not. */
export type AskOutcome = 'new' | 'same' | 'other-nick' | 'refused' | 'full';

export class MembershipRequests {
  readonly #waiting = new Map<string, MembershipRequest>();
  /** Bare JIDs; who was refused first, first. */
  readonly #refused: Set<string>;

  /** @param limit of requests that wait, and of refusals that are remembered */
  constructor(
    readonly limit: number,
    stored: StoredRequests = { waiting: [], refused: [] },
  ) {
    for (const request of stored.waiting) this.#waiting.set(request.person, request);
    this.#refused = new Set(stored.refused);
  }

  /** Those that wait for an answer, the oldest first. */
  get waiting(): Iterable<MembershipRequest> {
    return this.#waiting.values();
  }

  of(person: Jid): MembershipRequest | undefined {
    return this.#waiting.get(person.toString());
  }

  ask(person: Jid, nick: string): AskOutcome {
    const key = person.toString();
    if (this.#refused.has(key)) return 'refused';
    const before = this.#waiting.get(key);
    if (before !== undefined) return before.nick === nick ? 'same' : 'other-nick';
    if (this.#waiting.size >= this.limit) return 'full';
    this.#waiting.set(key, { person: key, nick });
    return 'new';
  }

  refuse(person: Jid): void {
    const key = person.toString();
    this.#waiting.delete(key);
    this.#refused.add(key);
    const [oldest] = this.#refused;
    if (this.#refused.size > this.limit && oldest !== undefined) this.#refused.delete(oldest);
  }

  /** There is nothing to be answered any more, and nothing held against the person. Answers whether there was. */
  forget(person: Jid): boolean {
    const key = person.toString();
    const waited = this.#waiting.delete(key);
    return this.#refused.delete(key) || waited;
  }

  stored(): StoredRequests | undefined {
    if (this.#waiting.size === 0 && this.#refused.size === 0) return undefined;
    return { waiting: [...this.#waiting.values()], refused: [...this.#refused] };
  }
}
