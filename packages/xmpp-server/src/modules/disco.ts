/**
 * Service Discovery (XEP-0030, XEP-0128) of a host itself, from what the modules loaded on it say; and of an account, for its own
 * clients. What a node is, the module says that has it.
 */
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

/** A question about a node of the host, or of an account if `request.to` is one. */
export interface NodeQuestion {
  readonly kind: 'info' | 'items';
  readonly node: string;
  readonly request: IqRequest;
}

declare module '../host/host.js' {
  interface HostEvents {
    /** `as-without`: the answer is the same as without a node. Nobody answers: there is no such node. */
    'disco-node': { payload: NodeQuestion; result: IqReply | Promise<IqReply> | 'as-without' };
    /** What the host has beside other hosts, as `<item/>` elements for who asks. */
    'host-items': { payload: IqRequest; result: Promise<readonly Element[]> };
    /** What an account has, as `<item/>` elements for who asks. */
    'account-items': { payload: IqRequest; result: Promise<readonly Element[]> };
  }
}

/** What the module offers to others. */
export interface AccountDiscovery {
  /** The answer about an account, to who may have it. */
  answer(kind: 'info' | 'items', request: IqRequest): IqReply | Promise<IqReply>;
}

export const disco = defineModule({
  name: 'disco',
  options: z.strictObject({}),
  load({ host, onUnload }): AccountDiscovery {
    const respond = (
      kind: 'info' | 'items',
      request: IqRequest,
      plain: () => Element | Promise<Element>,
    ): IqReply | Promise<IqReply> => {
      const node = attribute(request.payload, 'node');
      if (node === undefined) return plain();
      const answered = host.hooks.emit('disco-node', { kind, node, request });
      if (answered === undefined) return stanzaError('item-not-found');
      return answered === 'as-without' ? named(plain(), node) : answered;
    };

    const ofHost = {
      info: (): Element => info(host.disco.identities, host.disco.features, host.disco.forms),
      items: (request: IqRequest): Element | Promise<Element> => {
        const hosts = host.disco.items.map(({ jid, name }) => el('item', { jid, name }));
        const list = (more: readonly Element[]): Element =>
          el('query', { xmlns: NS.discoItems }, [...hosts, ...more]);
        return host.hooks.emit('host-items', request)?.then(list) ?? list([]);
      },
    };

    const ofAccount = (kind: 'info' | 'items', request: IqRequest): IqReply | Promise<IqReply> =>
      respond(kind, request, async () => {
        if (kind === 'items') {
          const found = await host.hooks.emit('account-items', request);
          return el('query', { xmlns: NS.discoItems }, found ?? []);
        }
        const isAnonymous = request.origin?.anonymous === true && request.from.bare.equals(request.to.bare);
        const type = isAnonymous ? 'anonymous' : 'registered';
        const identities = [{ category: 'account', type }, ...host.disco.accountIdentities];
        return info(identities, host.disco.accountFeatures);
      });

    for (const kind of ['info', 'items'] as const) {
      const namespace = kind === 'info' ? NS.discoInfo : NS.discoItems;
      onUnload(host.disco.feature(namespace));
      onUnload(host.disco.accountFeature(namespace));
      onUnload(
        host.iq.handle('host', 'get', 'query', namespace, (request) =>
          respond(kind, request, () => ofHost[kind](request)),
        ),
      );
      onUnload(host.iq.handle('account', 'get', 'query', namespace, (request) => ofAccount(kind, request)));
    }
    return { answer: ofAccount };
  },
});

function named(answer: Element | Promise<Element>, node: string): IqReply | Promise<IqReply> {
  if (answer instanceof Promise) return answer.then((query) => named(query, node));
  answer.attrs['node'] = node;
  return answer;
}

function info(
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
