/** What a client that has not logged in asks the host, if there is anybody to answer: to make an account, say (XEP-0077). */
import type { Element } from 'ltx';
import { attribute, errorReply, firstChild, isStanzaError, resultReply } from '@conclave/signaling';
import { stanzaXml } from '../stream/serialize.js';
import { streamError } from '../stream/stream-error.js';
import type { Phase, PhaseStream } from './phases/phase.js';

export async function answerLoginIq(stream: PhaseStream, phase: Phase, iq: Element): Promise<void> {
  const { host, transport } = stream;
  const [type, to, payload] = [attribute(iq, 'type'), attribute(iq, 'to'), firstChild(iq)];
  const asks = iq.name === 'iq' && (type === 'get' || type === 'set') && (to ?? host.name) === host.name;
  const reply =
    asks && payload !== undefined
      ? host.hooks.emit('login-iq', { type, payload, stream: transport })
      : undefined;
  if (reply === undefined) {
    stream.fail(streamError('not-authorized'));
    return;
  }
  const answer = await reply;
  if (!stream.isIn(phase)) return;
  iq.attrs['to'] = host.name;
  stream.write(stanzaXml(isStanzaError(answer) ? errorReply(iq, answer) : resultReply(iq, answer)));
}
