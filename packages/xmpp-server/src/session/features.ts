/** What a stream offers in each phase (RFC 6120 s.4.3.2). */
import { Element } from 'ltx';
import { el, NS } from '@conclave/signaling';
import type { ParserLimits } from '../stream/parser-limits.js';
import type { Transport } from '../stream/transport.js';
import { bind2Feature } from './bind2.js';
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
      /** What SASL2 can do in the same step; undefined: it is not offered. */
      readonly inline: readonly Element[] | undefined;
      readonly more: readonly Element[];
    }
  | { readonly phase: 'authenticated'; readonly more: readonly Element[] }
  | { readonly phase: 'bound'; readonly more: readonly Element[] };

/** The prefix is declared on the element itself, which in a WebSocket frame stands alone; nothing inside has a prefix. */
export function featuresXml(offer: Offer): string {
  const features = new Element('stream:features', { 'xmlns:stream': NS.streams });
  switch (offer.phase) {
    case 'connecting':
      if (offer.startTls) features.c('starttls', { xmlns: NS.tls }).c('required');
      break;
    case 'secured': {
      const list = features.c('mechanisms', { xmlns: NS.sasl });
      for (const mechanism of offer.mechanisms) list.c('mechanism').t(mechanism);
      if (offer.inline !== undefined) {
        const sasl2 = features.c('authentication', { xmlns: sasl2Namespace });
        for (const mechanism of offer.mechanisms) sasl2.c('mechanism').t(mechanism);
        const inline = sasl2.c('inline');
        for (const feature of offer.inline) inline.cnode(feature);
      }
      if (offer.bindings.length > 0) {
        const types = features.c('sasl-channel-binding', { xmlns: channelBinding });
        for (const type of offer.bindings) types.c('channel-binding', { type });
      }
      for (const feature of offer.more) features.cnode(feature);
      break;
    }
    case 'authenticated':
      features.c('bind', { xmlns: NS.bind });
      features.c('session', { xmlns: NS.session }).c('optional');
      features.c('sm', { xmlns: NS.streamManagement });
      for (const feature of offer.more) features.cnode(feature);
      break;
    case 'bound':
      for (const feature of offer.more) features.cnode(feature);
      break;
  }
  return features.toString();
}

/** What SASL2 does together with a login. @param tokens mechanisms by which one may log in the next time */
export function inlineFeatures(bindable: readonly string[], tokens: readonly string[]): readonly Element[] {
  const fast = el(
    'fast',
    { xmlns: fastNamespace },
    ...tokens.map((mechanism) => el('mechanism', {}, mechanism)),
  );
  return [
    bind2Feature(bindable),
    el('sm', { xmlns: NS.streamManagement }),
    ...(tokens.length > 0 ? [fast] : []),
  ];
}

/** What the server takes at most (XEP-0478); over BOSH the terms of the session say so (XEP-0124 s.7.2). */
export function limitsFeatures({ kind }: Pick<Transport, 'kind'>, limits: ParserLimits): readonly Element[] {
  if (kind === 'bosh') return [];
  const most = el('max-bytes', {}, String(limits.stanzaBytes));
  return [el('limits', { xmlns: 'urn:xmpp:stream-limits:0' }, most)];
}
