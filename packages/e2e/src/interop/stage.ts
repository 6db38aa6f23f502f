/** Where a dialogue is played with one server: its actors, and what each of them hears at each step. */
import { ScriptedClient } from './scripted-client.js';
import { answerOf, type Answer } from './facts.js';
import type { Peer } from './peers.js';

/** Whoever appears in dialogues. */
export const cast = ['romeo', 'juliet', 'mercutio', 'tybalt'] as const;
export type Name = (typeof cast)[number];

/** A dialogue has accounts and rooms of its own, so that none finds what another left behind. */
export const accountOf = (name: string, dialogue: number): string => `${name}-${dialogue}`;

/** What each actor heard, by step and actor. */
export type Transcript = ReadonlyMap<string, readonly Answer[]>;

export interface Dialogue {
  readonly title: string;
  play(stage: Stage): Promise<void>;
}

export class Stage {
  readonly transcript = new Map<string, readonly Answer[]>();
  private readonly actors = new Map<string, ScriptedClient>();
  private readonly ids = new Set<string>();
  private pings = 0;

  constructor(
    private readonly peer: Peer,
    private readonly dialogue: number,
  ) {}

  /** Binds a resource of an account, and sends nothing yet. */
  async enter(name: Name, resource: string): Promise<Actor> {
    const client = await ScriptedClient.bound(this.peer, accountOf(name, this.dialogue), resource);
    const actor = `${name}/${resource}`;
    this.actors.set(actor, client);
    return {
      sends: (step, ...stanzas) => this.step(step, client, stanzas.join('')),
      leaves: (step) => {
        this.actors.delete(actor);
        return this.step(step, client, '</stream:stream>');
      },
    };
  }

  /** Somebody who binds nothing says something to the server, then closes; what the server says is of interest. */
  async stranger(step: string, said: string, account?: Name): Promise<void> {
    const client = await (account === undefined
      ? ScriptedClient.connect(this.peer)
      : ScriptedClient.login(this.peer, accountOf(account, this.dialogue)));
    client.send(`${this.local(said)}</stream:stream>`);
    this.record(`${step}: stranger`, client, await client.rest());
  }

  end(): void {
    for (const client of this.actors.values()) client.cut();
  }

  private async step(step: string, client: ScriptedClient, said: string): Promise<void> {
    for (const [, id] of said.matchAll(/ id='([^']*)'/g)) if (id !== undefined) this.ids.add(id);
    client.send(this.local(said));
    await this.settle();
    for (const [actor, each] of this.actors) {
      this.record(`${step}: ${actor}`, each, each.takeAll());
      if (each.isOver) this.actors.delete(actor);
    }
  }

  /** What one actor causes has reached the others when each has been answered a ping that was sent after it, and again after that. */
  private async settle(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      const present = [...this.actors.values()].filter((client) => !client.isOver);
      await Promise.all(
        present.map((client) => client.settled(`settled-${++this.pings}`).catch(() => undefined)),
      );
    }
  }

  private record(where: string, client: ScriptedClient, heard: ReturnType<ScriptedClient['takeAll']>): void {
    // Features differ with what each server can do: they are no answer.
    const answers = heard
      .filter(({ name }) => name !== 'stream:features')
      .map((stanza) => answerOf(stanza, this.ids));
    const all = client.isOver ? [...answers, { subject: 'stream', facts: ['closed'] }] : answers;
    const own = where.split(': ')[1]?.split('/')[0] ?? '';
    this.transcript.set(
      where,
      all.map((answer) => this.common(answer, own)),
    );
  }

  private local(said: string): string {
    return said.replaceAll(/\b([a-z]+)@(?=(conference\.)?verona\.lit)/g, `$1-${this.dialogue}@`);
  }

  /** What comes from one's own account may say so, or not say whence (RFC 6120 s.8.1.2.1). */
  private common({ subject, facts }: Answer, own: string): Answer {
    const common = (text: string): string => text.replaceAll(`-${this.dialogue}@`, '@');
    const name = common(subject).replace(new RegExp(`^(iq|message) from ${own}@verona\\.lit$`), '$1');
    return { subject: name, facts: facts.map(common) };
  }
}

export interface Actor {
  /** Sends stanzas, and waits until everybody has heard what comes of it. */
  sends(step: string, ...stanzas: readonly string[]): Promise<void>;
  /** Closes its stream. */
  leaves(step: string): Promise<void>;
}
