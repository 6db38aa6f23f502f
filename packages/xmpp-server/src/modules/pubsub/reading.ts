/** What readers do: retrieve the items of a node, all or some, page by page (XEP-0060 s.6.5, XEP-0059). */
import {
  attribute,
  el,
  isStanzaError,
  parseInteger,
  SignalingError,
  type Element,
  type StanzaError,
} from '@conclave/signaling';
import { parse } from 'ltx';
import { decodePageRequest, encodePage, type PageRequest } from '../archive/result-set.js';
import { failure } from './errors.js';
import type { Item, PubsubNode } from './node.js';
import { answer, done, nodeName, type Outcome, type PubsubRequest } from './request.js';

/** Ids that may be asked for at a time. */
const maxIds = 256;
/** Characters of the items of an answer, one of which is always in it. */
const maxAnswer = 192 * 1024;

export function items(request: PubsubRequest): Outcome {
  const name = nodeName(request);
  if (isStanzaError(name)) return name;
  const node = request.service.readable(name, request.relation);
  if (isStanzaError(node)) return node;
  try {
    const chosen = chosenItems(request.action, node);
    if (isStanzaError(chosen)) return chosen;
    const page = pageOf(chosen, decodePageRequest(request.pubsub));
    if (page === undefined) return failure('not-found');
    const isPaged = request.pubsub.getChild('set') !== undefined || page.length < chosen.length;
    const found = el(
      'items',
      { node: node.name },
      page.map((item) => encodeItem(item, node)),
    );
    if (!isPaged) return done(answer(found));
    const ids = page.map(({ id }) => id);
    return done(answer(found, encodePage(ids, chosen.length)));
  } catch (error) {
    if (error instanceof SignalingError) return failure('malformed');
    throw error;
  }
}

/** The newest first to be chosen, the oldest first to be sent. */
function chosenItems(action: Element, node: PubsubNode): readonly Item[] | StanzaError {
  const asked = action.getChildren('item').map((item) => attribute(item, 'id') ?? '');
  if (asked.length > maxIds) return failure('malformed');
  if (asked.length > 0) {
    const wanted = new Set(asked);
    const found = node.items.filter(({ id }) => wanted.has(id));
    return found.length === 0 ? failure('not-found') : found;
  }
  const max = attribute(action, 'max_items');
  return max === undefined ? node.items : node.items.slice(-parseInteger(max, 1, 2 ** 31, 'max_items'));
}

/** As many as are asked for and fit into an answer; undefined: the page is to lie beside an item that is not there. */
function pageOf(all: readonly Item[], { max, after, before }: PageRequest): readonly Item[] | undefined {
  const at = (id: string): number => all.findIndex((item) => item.id === id);
  const isBackwards = before !== undefined;
  const first = after === undefined ? 0 : at(after) + 1;
  const end = before === undefined || before === '' ? all.length : at(before);
  if ((after !== undefined && first === 0) || end === -1) return undefined;
  const range = all.slice(first, end);
  const inOrder = isBackwards ? range.reverse() : range;
  const page = affordable(inOrder.slice(0, max));
  return isBackwards ? page.toReversed() : page;
}

function affordable(some: readonly Item[]): readonly Item[] {
  let left = maxAnswer;
  const end = some.findIndex(({ id, xml }, i) => (left -= id.length + xml.length) < 0 && i > 0);
  return end === -1 ? some : some.slice(0, end);
}

export function encodeItem({ id, xml, publisher }: Item, { config }: PubsubNode): Element {
  return el(
    'item',
    { id, publisher: config.itemReply === 'publisher' ? publisher : undefined },
    xml === '' ? undefined : parse(xml),
  );
}
