/** Calls out of a conference (Rayo): a moderator asks the focus, which has one of its gateways make the call. */
import {
  type Dial,
  el,
  type Element,
  encodeDial,
  firstChild,
  ROOM_HEADER,
  type StanzaError,
  stanzaError,
  TRANSCRIBER,
} from '@conclave/signaling';
import type { XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { Tally } from '../tally.js';
import type { Member } from '../conference/member.js';
import type { Gateways, GatewayService } from './gateways.js';

export interface CallsContext {
  readonly connection: XmppConnection;
  readonly gateways: Gateways;
  readonly log: Logger;
  readonly tally: Tally;
  /** Bare JID of the room. */
  readonly room: string;
  readonly members: ReadonlyMap<string, Member>;
  /** Where the bridges of the conference are. */
  readonly regions: () => ReadonlySet<string>;
}

/** Gateways asked at most. */
const ATTEMPTS = 3;

export class Calls {
  readonly #context: CallsContext;

  constructor(context: CallsContext) {
    this.#context = context;
  }

  /** Answers a member that wants to call: what the gateway answered, or why there is no call. */
  async answer(member: Member, dial: Dial): Promise<Element | StanzaError> {
    const { tally } = this.#context;
    const refusal = this.#refusalOf(member, dial);
    tally.add(`jigasi_iq_handler_${refusal ? 'rejected' : 'accepted'}_requests`);
    return refusal ?? this.#call(dial, dial.to === TRANSCRIBER ? 'transcription' : 'sip');
  }

  #refusalOf(member: Member, dial: Dial): StanzaError | undefined {
    const { room, members } = this.#context;
    if (!member.isModerator) return stanzaError('forbidden', 'only moderators may call');
    if (dial.headers[ROOM_HEADER] !== room) return stanzaError('forbidden', 'a call is into its own room');
    return dial.to === TRANSCRIBER && [...members.values()].some(isTranscriber)
      ? stanzaError('conflict', 'a transcriber is here already')
      : undefined;
  }

  async #call(dial: Dial, service: GatewayService): Promise<Element | StanzaError> {
    const { connection, gateways, log, tally } = this.#context;
    const regions = this.#context.regions();
    const asked = new Set<string>();
    let failure = stanzaError('service-unavailable', 'there is no gateway');
    while (asked.size < ATTEMPTS) {
      const gateway = gateways.select(service, regions, asked);
      if (gateway === undefined) break;
      if (asked.size > 0) tally.add('jigasi_iq_handler_retries');
      asked.add(gateway);
      const outcome = await connection.request(el('iq', { type: 'set', to: gateway }, encodeDial(dial)));
      const reference = outcome.kind === 'result' ? firstChild(outcome.stanza) : undefined;
      if (reference) return reference;
      tally.add(`jigasi_iq_handler_instance_${outcome.kind === 'timeout' ? 'timeouts' : 'errors'}`);
      log.warn({ gateway, outcome: outcome.kind }, 'gateway did not call');
      failure =
        outcome.kind === 'timeout'
          ? stanzaError('remote-server-timeout', 'the gateway does not answer')
          : stanzaError('undefined-condition', 'the gateway refused');
    }
    return failure;
  }
}

const isTranscriber = ({ services }: Member): boolean => services.has('transcriber');
