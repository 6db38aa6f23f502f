/** What one of the swarm asks of the focus: a conference, and what its Jingle session needs. */
import {
  type ConferenceResponse,
  decodeConferenceResponse,
  el,
  type Element,
  encodeConferenceRequest,
  encodeJingle,
  type Jingle,
} from '@conclave/signaling';
import type { Client } from '@xmpp/client';

/** Milliseconds that an answer to an IQ may take. */
const patience = 10_000;

export type IqOutcome = 'result' | 'timeout' | { readonly error: string };

export const said = (outcome: IqOutcome): string => (typeof outcome === 'object' ? outcome.error : outcome);

export class FocusRequests {
  constructor(
    private readonly entity: Client,
    /** Bare JID. */
    private readonly room: string,
  ) {}

  /** Asks `focus` for the conference. @returns whether the room may be entered. Rejects when it is refused or not answered. */
  async conference(focus: string, machineUid: string): Promise<boolean> {
    const request = encodeConferenceRequest({ room: this.room, machineUid, properties: {} });
    const result = await this.#ask(el('iq', { type: 'set', to: focus }, request));
    const conference = result.getChild('conference');
    const response: ConferenceResponse | undefined = conference && decodeConferenceResponse(conference);
    return response?.ready === true;
  }

  /** Says something about the session that was begun with `offer`. */
  async jingle(
    { sid, bundle }: Jingle,
    action: Jingle['action'],
    contents: Jingle['contents'],
  ): Promise<IqOutcome> {
    const payload = encodeJingle({
      action,
      sid,
      contents,
      bundle: action === 'session-accept' ? bundle : [],
    });
    try {
      await this.#ask(el('iq', { type: 'set', to: `${this.room}/focus` }, payload));
      return 'result';
    } catch (error) {
      const { condition } = error as { condition?: string };
      return condition === undefined ? 'timeout' : { error: condition };
    }
  }

  /** xmpp.js does not count the answers that it hands to whoever asked: the server would say again, after a resumption, what came last. */
  async #ask(iq: Element): Promise<Element> {
    const { iqCaller, streamManagement } = this.entity;
    try {
      const result = await iqCaller.request(iq, patience);
      streamManagement.inbound += 1;
      return result;
    } catch (error) {
      if (error instanceof Error && 'condition' in error) streamManagement.inbound += 1;
      throw error;
    }
  }
}
