/** What those are sent who want to know of a node (XEP-0060 s.7.1.2, s.7.2.2, s.8.2.5, s.8.4.2, s.8.5.2). */
import { el, NS, type Element } from '@conclave/signaling';
import { pubsubNamespace } from './namespaces.js';
import type { Item, PubsubNode } from './node.js';
import { encodeItem } from './reading.js';
import type { NodeEvent } from './service.js';

/** The message, without `to`. @param from the address of the service */
export function notification(event: NodeEvent, from: string): Element {
  const news = message(event.node, from, body(event));
  if (event.kind === 'published') addReplyAddresses(news, event.node, from);
  return news;
}

/** The item that was published last, to somebody who comes later: it is dated (s.6.1.7). */
export function lastItem(node: PubsubNode, item: Item, from: string): Element {
  const news = message(node, from, body({ kind: 'published', node, item }));
  addReplyAddresses(news, node, from);
  news.append(el('delay', { xmlns: NS.delay, stamp: item.at }));
  return news;
}

/** The message to one address, without `to`. @param payload an `<event/>`, or a form */
export function notice(payload: Element, from: string): Element {
  return el('message', { xmlns: NS.client, from }, payload);
}

function message(node: PubsubNode, from: string, child: Element): Element {
  const { notificationType: type } = node.config;
  return el(
    'message',
    { xmlns: NS.client, from, type },
    el('event', { xmlns: pubsubNamespace.event }, child),
  );
}

/** Replies concern the owners, where the node is like that (s.16.4.4): who they are is said as in XEP-0033 s.4.3. */
function addReplyAddresses(news: Element, { config, owners }: PubsubNode, from: string): void {
  if (config.itemReply !== 'owner') return;
  // What an account publishes is its own.
  const jids = owners.length > 0 ? owners : [from];
  const addresses = jids.map((jid) => el('address', { type: 'replyto', jid }));
  news.append(el('addresses', { xmlns: 'http://jabber.org/protocol/address' }, addresses));
}

function body(event: NodeEvent): Element {
  const { node } = event;
  switch (event.kind) {
    case 'published': {
      const { deliverPayloads } = node.config;
      const item = encodeItem(deliverPayloads ? event.item : { ...event.item, xml: '' }, node);
      return el('items', { node: node.name }, item);
    }
    case 'retracted':
      return el(
        'items',
        { node: node.name },
        event.ids.map((id) => el('retract', { id })),
      );
    case 'purged':
      return el('purge', { node: node.name });
    case 'deleted': {
      const { redirect } = event;
      const elsewhere = redirect === undefined ? undefined : el('redirect', { uri: redirect });
      return el('delete', { node: node.name }, elsewhere);
    }
    case 'configured':
      return el('configuration', { node: node.name });
  }
}
