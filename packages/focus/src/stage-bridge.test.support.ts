/** Bridges of the tests: they record what they are asked, and answer as good bridges do unless the test says otherwise. */
import {
  type ConferenceModified,
  type ConferenceModify,
  decodeConferenceModify,
  type Element,
  encodeConferenceModified,
  type IceTransport,
  NS,
} from '@conclave/signaling';
import type { ScriptedAnswer } from './scripted-connection.test.support.js';

/** What a bridge answers: the body of a Colibri2 answer or anything else; `good` is what a good bridge would. */
export type ScriptedColibri = ScriptedAnswer | Pick<ConferenceModified, 'endpoints'> | 'good';

export interface StageBridge {
  readonly jid: string;
  readonly requests: ConferenceModify[];
  /** Overrides the bridge's good answers to Colibri2, unless it says `good`. */
  answer: ((request: ConferenceModify) => ScriptedColibri) | undefined;
  /** How it answers health checks. */
  health: ScriptedAnswer;
}

export const answerAsBridge = (bridge: StageBridge, payload: Element): ScriptedAnswer => {
  if (payload.is('healthcheck', NS.healthcheck)) return bridge.health;
  const request = decodeConferenceModify(payload);
  bridge.requests.push(request);
  const scripted = bridge.answer ? bridge.answer(request) : 'good';
  if (typeof scripted === 'object' && 'endpoints' in scripted) {
    return encodeConferenceModified({ sources: [], ...scripted });
  }
  if (scripted !== 'good') return scripted;
  const created = request.endpoints.filter((endpoint) => endpoint.create);
  const relays = request.relays?.filter((relay) => relay.create);
  return encodeConferenceModified({
    endpoints: created.map(({ id }) => ({
      id,
      transport: { ice: iceOf(id), sctp: { port: 5000, role: 'server' } },
    })),
    ...(relays && { relays: relays.map(({ id }) => ({ id, transport: { ice: iceOf(id) } })) }),
    sources: created.length === 0 ? [] : [feedback('audio', 'jvb-a0', 11), feedback('video', 'jvb-v0', 12)],
  });
};

export const iceOf = (id: string): IceTransport => ({
  ufrag: `ufrag-${id}`,
  pwd: 'a-password-of-some-length',
  rtcpMux: true,
  candidates: [],
  fingerprints: [{ hash: 'sha-256', setup: 'actpass', value: Array(32).fill('AB').join(':') }],
  webSockets: [],
});

const feedback = (type: 'audio' | 'video', id: string, ssrc: number) => ({
  type,
  id,
  sources: [{ ssrc, name: id }],
  groups: [],
});
