/**
 * Components of the XMPP server that tell the focus what the people of a conference have decided, found by the identities of
 * the domain D: category `component`, the type says what it does and the name is its address (conference modules 1.3).
 */
import {
  decodeDiscoInfo,
  type DiscoIdentity,
  el,
  type Element,
  NS,
  SignalingError,
} from '@conclave/signaling';
import type { Unsubscribe, XmppConnection } from '@conclave/xmpp-connection';
import type { Logger } from 'pino';
import type { Clock, Timer } from './clock.js';

/** Takes the JSON of a component's message, in the envelope that carried it. */
export type NoticeHandler = (json: unknown, envelope: Element) => void;

export interface ComponentsContext {
  readonly connection: XmppConnection;
  readonly clock: Clock;
  readonly domain: string;
  readonly log: Logger;
  /** Told the addresses of all components, by type. */
  readonly onFound?: (addresses: ReadonlyMap<string, string>) => void;
}

/** How long after a question without an answer D is asked again, in ms. */
const RETRY_MS = 5_000;

/** Notices kept while it is not known yet whom they are from. */
const MAX_WAITING = 1_000;

/** Listens to the components of these types; the answer lets go of them. */
export const listenToComponents = (
  { connection, clock, domain, log, onFound }: ComponentsContext,
  handlers: Readonly<Record<string, NoticeHandler>>,
): Unsubscribe => {
  /** By address; `undefined` while they are being looked for. */
  let known: ReadonlyMap<string, NoticeHandler> | undefined;
  const waiting: Element[] = [];
  const receive = (message: Element) => {
    const envelope = message.getChild('json-message', NS.jitmeet);
    if (!envelope || message.attrs['type'] === 'error') return;
    if (known) read(known.get(String(message.attrs['from'])), envelope, log);
    else if (waiting.length < MAX_WAITING) waiting.push(message);
  };
  let retry: Timer | undefined;
  const find = async () => {
    known = undefined;
    retry?.cancel();
    const types = await announced(connection, domain);
    if (!types) {
      log.warn({ domain }, 'the domain does not tell its components: asked again');
      retry = clock.after(RETRY_MS, () => void find());
      return;
    }
    known = new Map(
      [...types].flatMap(([type, address]) => (handlers[type] ? [[address, handlers[type]] as const] : [])),
    );
    onFound?.(types);
    log.debug({ components: [...known.keys()] }, 'components found');
    for (const message of waiting.splice(0)) receive(message);
  };
  if (connection.online) void find();
  const unsubscribes = [
    connection.on('stanza', (stanza) => {
      if (stanza.name === 'message') receive(stanza);
    }),
    connection.on('online', ({ resumed }) => {
      if (!resumed) void find();
    }),
  ];
  return () => {
    retry?.cancel();
    for (const unsubscribe of unsubscribes) unsubscribe();
  };
};

/** Addresses of components, by type; `undefined`: there is no answer. */
const announced = async (
  connection: XmppConnection,
  domain: string,
): Promise<Map<string, string> | undefined> => {
  const query = el('iq', { type: 'get', to: domain }, el('query', { xmlns: NS.discoInfo }));
  const outcome = await connection.request(query);
  if (outcome.kind === 'timeout') return undefined;
  const answer = outcome.kind === 'result' ? outcome.stanza.getChild('query', NS.discoInfo) : undefined;
  return new Map(
    (answer ? identitiesOf(answer) : []).flatMap(({ category, type, name }) =>
      category === 'component' && name !== undefined ? [[type, name]] : [],
    ),
  );
};

const identitiesOf = (answer: Element): readonly DiscoIdentity[] => {
  try {
    return decodeDiscoInfo(answer).identities;
  } catch (error) {
    if (error instanceof SignalingError) return [];
    throw error;
  }
};

const read = (handle: NoticeHandler | undefined, envelope: Element, log: Logger): void => {
  try {
    handle?.(JSON.parse(envelope.getText()), envelope);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    log.warn({ err: error }, 'notice not understood');
  }
};
