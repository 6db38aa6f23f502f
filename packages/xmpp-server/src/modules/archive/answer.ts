/** Answers queries of any archive (XEP-0313 s.4): the items as messages, then what page they were. */
import { el, isStanzaError, NS, stanzaError, type Element, type Jid } from '@conclave/signaling';
import { parse } from 'ltx';
import type { IqReply } from '../../host/host.js';
import type { ArchiveItem, ArchiveStore } from '../../storage/storage.js';
import { timeOf } from '../../storage/time-ordered-id.js';
import { readPage, type PageLimits } from './page.js';
import { archiveNamespace, parseArchiveRequest } from './query.js';
import type { ReadingPace } from './reading-pace.js';
import { encodePage } from './result-set.js';

export interface Answering {
  readonly archive: ArchiveStore;
  readonly limits: PageLimits;
  readonly pace: ReadingPace;
  /** Sends an item to who asked; before the answer, and in order. */
  readonly send: (message: Element) => void;
  /** What the asker gets to see of a stored stanza. */
  readonly shown?: (stanza: Element) => Element;
}

/** @param of the address that the archive belongs to @param asker full JID */
export async function answerQuery(
  query: Element,
  owner: string,
  of: Jid,
  asker: Jid,
  { archive, limits, pace, send, shown = (stanza) => stanza }: Answering,
): Promise<IqReply> {
  const request = parseArchiveRequest(query);
  if (isStanzaError(request)) return request;
  const person = asker.bare.toString();
  if (!pace.admits(person)) return { ...stanzaError('resource-constraint', 'Too fast'), type: 'wait' };
  const page = await readPage(archive, owner, request, limits);
  if (isStanzaError(page)) return page;
  for (const item of request.flipped ? page.items.toReversed() : page.items) {
    pace.sent(person, item.value.length);
    const result = { xmlns: archiveNamespace, queryid: request.queryId, id: item.id };
    const attributes = { xmlns: NS.client, from: of.toString(), to: asker.toString() };
    send(el('message', attributes, el('result', result, forwarded(item, shown))));
  }
  return el(
    'fin',
    { xmlns: archiveNamespace, complete: page.complete ? 'true' : undefined },
    encodePage(
      page.items.map(({ id }) => id),
      page.count,
    ),
  );
}

/** The ends of an archive (s.5). */
export async function answerMetadata(archive: ArchiveStore, owner: string): Promise<Element> {
  const [first] = await archive.find(owner, { limit: 1 });
  const [last] = await archive.find(owner, { limit: 1, reverse: true });
  return el(
    'metadata',
    { xmlns: archiveNamespace },
    first === undefined ? undefined : el('start', { id: first.id, timestamp: timestamp(first) }),
    last === undefined ? undefined : el('end', { id: last.id, timestamp: timestamp(last) }),
  );
}

function forwarded(item: ArchiveItem, shown: (stanza: Element) => Element): Element {
  return el(
    'forwarded',
    { xmlns: 'urn:xmpp:forward:0' },
    el('delay', { xmlns: NS.delay, stamp: timestamp(item) }),
    shown(parse(item.value)),
  );
}

function timestamp({ id }: ArchiveItem): string {
  return new Date(timeOf(id) ?? 0).toISOString();
}
