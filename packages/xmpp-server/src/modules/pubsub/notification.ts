/** What those are sent who want to know of a node (XEP-0060 s.7.1.2, s.7.2.2, s.8.2.5, s.8.4.2, s.8.5.2). */
import { el, NS, type Element } from '@conclave/signaling';
import { pubsubNamespace } from './namespaces.js';
import type { Item, PubsubNode } from './node.js';
import type { NodeEvent } from './service.js';
import { encodeItem } from './subscribing.js';

/** The message, without `to`. @param from the address of the service */
export function notification(event: NodeEvent, from: string): Element {
  return message(event.node, from, body(event));
}

/** The item that was published last, to somebody who comes later: it is dated (s.6.1.7). */
export function lastItem(node: PubsubNode, item: Item, from: string): Element {
  const news = message(node, from, body({ kind: 'published', node, item }));
  news.append(el('delay', { xmlns: NS.delay, stamp: item.at }));
  return news;
}

function message(node: PubsubNode, from: string, child: Element): Element {
  const { notificationType: type } = node.config;
  return el(
    'message',
    { xmlns: NS.client, from, type },
    el('event', { xmlns: pubsubNamespace.event }, child),
  );
}

function body(event: NodeEvent): Element {
  const { node } = event;
  switch (event.kind) {
    case 'published': {
      const item = node.config.deliverPayloads ? encodeItem(event.item) : el('item', { id: event.item.id });
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
    case 'deleted':
      return el('delete', { node: node.name });
    case 'configured':
      return el('configuration', { node: node.name });
  }
}
