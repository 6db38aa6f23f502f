/** Service Discovery (XEP-0030, XEP-0128) of a host itself, from what the modules loaded on it say; and of an account, for its own clients. */
import { z } from 'zod';
import {
  attribute,
  el,
  encodeDataForm,
  NS,
  stanzaError,
  type DataForm,
  type Element,
} from '@conclave/signaling';
import type { Identity } from '../host/disco-registry.js';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';

export const disco = defineModule({
  name: 'disco',
  options: z.strictObject({}),
  load({ host, onUnload }) {
    onUnload(host.disco.feature(NS.discoInfo));
    onUnload(host.disco.feature(NS.discoItems));
    onUnload(host.disco.accountFeature(NS.discoInfo));
    onUnload(host.disco.accountFeature(NS.discoItems));
    onUnload(
      host.iq.handle('host', 'get', 'query', NS.discoInfo, (request) =>
        unlessNode(request, () => info(host.disco.identities, host.disco.features, host.disco.forms)),
      ),
    );
    onUnload(
      host.iq.handle('host', 'get', 'query', NS.discoItems, (request) =>
        unlessNode(request, () =>
          el(
            'query',
            { xmlns: NS.discoItems },
            host.disco.items.map(({ jid, name }) => el('item', { jid, name })),
          ),
        ),
      ),
    );
    onUnload(
      host.iq.handle('account', 'get', 'query', NS.discoInfo, (request) =>
        unlessNode(request, () =>
          info(
            [{ category: 'account', type: request.origin?.anonymous === true ? 'anonymous' : 'registered' }],
            host.disco.accountFeatures,
          ),
        ),
      ),
    );
    onUnload(
      host.iq.handle('account', 'get', 'query', NS.discoItems, (request) =>
        unlessNode(request, () => el('query', { xmlns: NS.discoItems })),
      ),
    );
  },
});

/** Nothing here has nodes (s.3.2, s.4.2). */
function unlessNode(request: IqRequest, answer: () => Element): IqReply {
  return attribute(request.payload, 'node') === undefined ? answer() : stanzaError('item-not-found');
}

/** An answer to disco#info (s.3.1). */
export function info(
  identities: readonly Identity[],
  features: readonly string[],
  forms: readonly DataForm[] = [],
): Element {
  return el(
    'query',
    { xmlns: NS.discoInfo },
    identities.map(({ category, type, name }) => el('identity', { category, type, name })),
    features.map((feature) => el('feature', { var: feature })),
    forms.map(encodeDataForm),
  );
}
