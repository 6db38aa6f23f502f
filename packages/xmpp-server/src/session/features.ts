/** What a stream offers in each phase (RFC 6120 s.4.3.2). */
import { Element } from 'ltx';
import { NS } from '@conclave/signaling';

/** XEP-0440. */
const channelBinding = 'urn:xmpp:sasl-cb:0';

export type Offer =
  | { readonly phase: 'connecting'; readonly startTls: boolean }
  | {
      readonly phase: 'secured';
      readonly mechanisms: readonly string[];
      /** Types of channel binding. */
      readonly bindings: readonly string[];
    }
  | { readonly phase: 'authenticated'; readonly more: readonly Element[] };

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
      if (offer.bindings.length > 0) {
        const types = features.c('sasl-channel-binding', { xmlns: channelBinding });
        for (const type of offer.bindings) types.c('channel-binding', { type });
      }
      break;
    }
    case 'authenticated':
      features.c('bind', { xmlns: NS.bind });
      features.c('session', { xmlns: NS.session }).c('optional');
      features.c('sm', { xmlns: NS.streamManagement });
      for (const feature of offer.more) features.cnode(feature);
      break;
  }
  return features.toString();
}
