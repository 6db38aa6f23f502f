/** Clients of the tests: they record what the focus sends, and answer as the test says. */
import { decodeJingle, type Element, encodeDiscoInfo, type Jingle, NS } from '@conclave/signaling';
import type { ScriptedAnswer } from './scripted-connection.test.support.js';

/** Features of a Jitsi client. */
export const JITSI_FEATURES = [
  NS.jingle,
  NS.rtpAudio,
  NS.rtpVideo,
  NS.sctp,
  'urn:ietf:rfc:4588',
  'http://jitsi.org/tcc',
  'http://jitsi.org/json-encoded-sources',
];

/** A client in a room, and what the focus has sent it. */
export interface StageClient {
  readonly nick: string;
  readonly jid: string;
  readonly realJid: string;
  features: string[];
  /** How it answers Jingle IQs. */
  answer: ScriptedAnswer;
  readonly jingles: Jingle[];
  readonly iqs: Element[];
}

export const answerAsClient = (client: StageClient, iq: Element, payload: Element): ScriptedAnswer => {
  client.iqs.push(iq);
  if (payload.is('query', NS.discoInfo)) {
    return encodeDiscoInfo({ identities: [], features: client.features, forms: [] });
  }
  if (payload.is('jingle', NS.jingle)) client.jingles.push(decodeJingle(payload));
  return client.answer;
};
