/** What a stream offers in each phase (RFC 6120 s.4.3.2), as text: every stream that opens has it, and it is made of constants. */
import { NS } from '@conclave/signaling';
import type { ParserLimits } from '../stream/parser-limits.js';
import type { Transport } from '../stream/transport.js';
import { bind2FeatureXml } from './bind2.js';
import { fastNamespace } from './login-request.js';
import { sasl2Namespace } from './sasl-profile.js';

/** XEP-0440. */
const channelBinding = 'urn:xmpp:sasl-cb:0';

export type Offer =
  | { readonly phase: 'connecting'; readonly startTls: boolean }
  | {
      readonly phase: 'secured';
      readonly mechanisms: readonly string[];
      /** Types of channel binding. */
      readonly bindings: readonly string[];
      /** What SASL2 can do in the same step, as text; undefined: it is not offered. */
      readonly inline: string | undefined;
      /** Text, as of those below. */
      readonly more: string;
    }
  | { readonly phase: 'authenticated'; readonly more: string }
  | { readonly phase: 'bound'; readonly more: string };

const stream = NS.streams;
const startTls = `<starttls xmlns="${NS.tls}"><required/></starttls>`;
const management = `<sm xmlns="${NS.streamManagement}"/>`;
const binding = `<bind xmlns="${NS.bind}"/><session xmlns="${NS.session}"><optional/></session>` + management;

/** The prefix is declared on the element itself, which in a WebSocket frame stands alone; nothing inside has a prefix. */
export function featuresXml(offer: Offer): string {
  const content = contentOf(offer);
  const start = `<stream:features xmlns:stream="${stream}"`;
  return content === '' ? `${start}/>` : `${start}>${content}</stream:features>`;
}

function contentOf(offer: Offer): string {
  switch (offer.phase) {
    case 'connecting':
      return offer.startTls ? startTls : '';
    case 'secured': {
      const { inline, bindings, more } = offer;
      const mechanisms = mechanismList(offer.mechanisms);
      const sasl2 =
        inline === undefined
          ? ''
          : `<authentication xmlns="${sasl2Namespace}">${mechanisms}<inline>${inline}</inline></authentication>`;
      const types = bindings.map((type) => `<channel-binding type="${type}"/>`).join('');
      const bound =
        types === '' ? '' : `<sasl-channel-binding xmlns="${channelBinding}">${types}</sasl-channel-binding>`;
      return `<mechanisms xmlns="${NS.sasl}">${mechanisms}</mechanisms>${sasl2}${bound}${more}`;
    }
    case 'authenticated':
      return binding + offer.more;
    case 'bound':
      return offer.more;
  }
}

function mechanismList(mechanisms: readonly string[]): string {
  return mechanisms.map((mechanism) => `<mechanism>${mechanism}</mechanism>`).join('');
}

/** What SASL2 does together with a login. @param tokens mechanisms by which one may log in the next time */
export function inlineFeaturesXml(bindable: readonly string[], tokens: readonly string[]): string {
  const fast = tokens.length === 0 ? '' : `<fast xmlns="${fastNamespace}">${mechanismList(tokens)}</fast>`;
  return bind2FeatureXml(bindable) + management + fast;
}

/** What the server takes at most (XEP-0478); over BOSH the terms of the session say so (XEP-0124 s.7.2). */
export function limitsFeatureXml({ kind }: Pick<Transport, 'kind'>, limits: ParserLimits): string {
  if (kind === 'bosh') return '';
  return `<limits xmlns="urn:xmpp:stream-limits:0"><max-bytes>${limits.stanzaBytes}</max-bytes></limits>`;
}
