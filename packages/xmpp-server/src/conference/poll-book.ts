/** The polls of one room: what was asked, and who has chosen what. The last vote of somebody counts. */
import { stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import type { JsonObject } from './json-message.js';

const id = z.string().min(1).max(64);

export const newPoll = z.object({
  command: z.literal('new-poll'),
  pollId: id,
  question: z.string(),
  answers: z.array(z.object({ name: z.string() })).min(1),
});
export type NewPoll = z.output<typeof newPoll>;

export const pollVote = z.object({
  command: z.literal('answer-poll'),
  pollId: id,
  answers: z.array(z.boolean()).min(1),
});
export type PollVote = z.output<typeof pollVote>;

/** Who asks or votes. */
export interface Voter {
  /** The nickname. */
  readonly id: string;
  /** The name shown. */
  readonly name: string;
  /** Of a visitor: the host of the node. */
  readonly node?: string | undefined;
}

interface Poll {
  readonly sender: Voter;
  readonly question: string;
  readonly answers: readonly {
    readonly name: string;
    /** By nickname. */
    readonly voters: Map<string, Voter>;
  }[];
}

interface Limits {
  readonly polls: number;
  /** Answers that have been chosen, of all polls together. */
  readonly votes: number;
}

export class PollBook {
  readonly #polls = new Map<string, Poll>();
  readonly #limits: Limits;
  #votes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  has(pollId: string): boolean {
    return this.#polls.has(pollId);
  }

  /** Undefined: it is asked. */
  ask(sender: Voter, { pollId, question, answers }: NewPoll): StanzaError | undefined {
    if (this.#polls.has(pollId)) return stanzaError('not-allowed', 'There is a poll of that id');
    if (this.#polls.size >= this.#limits.polls) return stanzaError('resource-constraint', 'Too many polls');
    const choices = answers.map(({ name }) => ({ name, voters: new Map<string, Voter>() }));
    this.#polls.set(pollId, { sender, question, answers: choices });
    return undefined;
  }

  /** Whether that changes how the voter has voted. */
  vote(voter: Voter, { pollId, answers }: PollVote): boolean | StanzaError {
    const poll = this.#polls.get(pollId);
    if (poll === undefined) return stanzaError('item-not-found', 'There is no such poll');
    if (answers.length !== poll.answers.length) return stanzaError('bad-request');
    const before = poll.answers.map(({ voters }) => voters.get(voter.id));
    // Visitors choose nicknames that the meeting does not know of: none speaks for somebody else.
    const isElses = before.some((each) => each !== undefined && each.node !== voter.node);
    if (isElses && voter.node !== undefined) return stanzaError('conflict');
    const more = answers.filter((chosen, index) => chosen && before[index] === undefined).length;
    if (this.#votes + more > this.#limits.votes) return stanzaError('resource-constraint', 'Too many votes');
    if (before.every((each, index) => (each !== undefined) === answers[index])) return false;
    poll.answers.forEach(({ voters }, index) => {
      if (voters.delete(voter.id)) this.#votes -= 1;
      if (answers[index] !== true) return;
      voters.set(voter.id, voter);
      this.#votes += 1;
    });
    return true;
  }

  /** All of it, as newcomers are told; undefined: nothing was asked. */
  past(): JsonObject | undefined {
    if (this.#polls.size === 0) return undefined;
    const polls = [...this.#polls].map(([pollId, { sender, question, answers }]) => ({
      pollId,
      senderId: sender.id,
      senderName: sender.name,
      question,
      answers: answers.map(({ name, voters }) => ({
        name,
        voters: [...voters.values()].map((voter) => ({ id: voter.id, name: voter.name })),
      })),
    }));
    return { type: 'polls', command: 'old-polls', polls };
  }
}
