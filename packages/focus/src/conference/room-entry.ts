/** How the focus takes its place in a conference's room: join, make real JIDs visible, learn the meeting's id. */
import {
  decodeDataForm,
  el,
  type Element,
  encodeMucConfig,
  formValue,
  NS,
  present,
  SignalingError,
  type StanzaError,
  stanzaError,
} from '@conclave/signaling';
import {
  type IqOutcome,
  joinRoom,
  type JoinOutcome,
  type MucRoom,
  type XmppConnection,
} from '@conclave/xmpp-connection';
import type { Logger } from 'pino';

/** Milliseconds for the room to answer: it may have to ask others first. */
const ENTRY_TIMEOUT = 25_000;

/** Clients take only an occupant of this nickname for the focus (client contract 4.1). */
export const FOCUS_NICK = 'focus';

/** What the MUC service says of a room. */
interface RoomFacts {
  /** The id that it gave the meeting, if it gives any. */
  readonly meetingId?: string;
  /** Bare JID of the room that this one is a breakout room of. */
  readonly mainRoom?: string;
}

export type RoomEntry =
  | ({
      readonly kind: 'entered';
      readonly room: MucRoom;
      /** The room did not exist before. */
      readonly created: boolean;
    } & RoomFacts)
  | { readonly kind: 'failed'; readonly error: StanzaError };

/** Joins the room, creating it if there is none. On failure the focus is out of it again. */
export const enterRoom = async (
  connection: XmppConnection,
  roomJid: string,
  extensions: readonly Element[],
  log: Logger,
): Promise<RoomEntry> => {
  const joined = await joinRoom(connection, {
    room: roomJid,
    nick: FOCUS_NICK,
    extensions,
    timeoutMs: ENTRY_TIMEOUT,
    log,
  });
  if (joined.kind !== 'joined') return { kind: 'failed', error: entryError(joined) };
  const { room, created } = joined;
  const configured = await configure(connection, roomJid).catch((error: unknown) => {
    room.leave();
    throw error;
  });
  if (configured.kind === 'failed') {
    room.leave();
    return configured;
  }
  if (room.ended !== undefined) {
    return { kind: 'failed', error: stanzaError('internal-server-error', `the room was ${room.ended}`) };
  }
  return { kind: 'entered', room, created, ...configured.about };
};

type Configuration =
  { readonly kind: 'configured'; readonly about: RoomFacts } | Extract<RoomEntry, { kind: 'failed' }>;

/** Done at every entry, also of a room that existed: the former focus may not have come so far. */
const configure = async (connection: XmppConnection, roomJid: string): Promise<Configuration> => {
  const form = await connection.request(ownerIq(roomJid, 'get', el('query', { xmlns: NS.mucOwner })));
  if (form.kind !== 'result') return { kind: 'failed', error: entryError(form) };
  const config = encodeMucConfig({ 'muc#roomconfig_whois': 'anyone' });
  const submitted = await connection.request(ownerIq(roomJid, 'set', config));
  if (submitted.kind !== 'result') return { kind: 'failed', error: entryError(submitted) };
  return { kind: 'configured', about: readFacts(form.stanza) };
};

const ownerIq = (to: string, type: 'get' | 'set', payload: Element): Element =>
  el('iq', { type, to }, payload);

/** What the service says to those who ask for the conference stays as it is; what it says to the focus alone is the focus's failure. */
const entryError = (outcome: Exclude<IqOutcome, { kind: 'result' }> | JoinFailure): StanzaError => {
  if (outcome.kind === 'error' && outcome.error.application?.some(isForClients)) return outcome.error;
  return outcome.kind === 'error'
    ? stanzaError('internal-server-error', `the room refuses the focus: ${outcome.error.condition}`)
    : stanzaError('remote-server-timeout', 'the room does not answer');
};

const isForClients = (element: Element): boolean => element.is('reservation-error', NS.focus);

type JoinFailure = Exclude<JoinOutcome, { kind: 'joined' }>;

const readFacts = (iq: Element): RoomFacts => {
  const form = iq.getChild('query', NS.mucOwner)?.getChild('x', NS.dataForms);
  try {
    const fields = form && decodeDataForm(form);
    const value = (name: string) =>
      fields && (formValue(fields, `muc#roominfo_${name}`)?.trim() || undefined);
    return present({ meetingId: value('meetingId'), mainRoom: value('breakout_main_room') });
  } catch (error) {
    if (error instanceof SignalingError) return {};
    throw error;
  }
};
