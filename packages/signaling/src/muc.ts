/** What goes over the wire around a room (XEP-0045): joining, what the service says of an occupant, room administration. */
import { type DataFormField, encodeDataForm, formTypeField } from './data-form.js';
import { type Element, attribute, el, present } from './elements.js';
import { NS } from './namespaces.js';

export const affiliations = ['owner', 'admin', 'member', 'none', 'outcast'] as const;
export type Affiliation = (typeof affiliations)[number];
export const roles = ['moderator', 'participant', 'visitor', 'none'] as const;
export type Role = (typeof roles)[number];

/** `<x muc#user/>` of a presence, with the status codes of s.15.6.2. */
export interface MucUser {
  readonly affiliation: Affiliation;
  readonly role: Role;
  /** Real full JID of the occupant, where the room shows it. */
  readonly jid?: string;
  /** The new nickname of status 303. */
  readonly nick?: string;
  readonly statusCodes: ReadonlySet<number>;
  readonly reason?: string;
  /** Who kicked or banned: a nickname, a bare JID, or both. */
  readonly actor?: { readonly nick?: string; readonly jid?: string };
  /** The room was destroyed, perhaps in favour of another. */
  readonly destroy?: { readonly jid?: string; readonly reason?: string };
}

/** The presence that enters a room (s.7.2). `extensions` are further children of the presence. */
export function joinPresence(options: {
  /** Bare JID of the room. */
  readonly room: string;
  readonly nick: string;
  readonly password?: string;
  /** Asks for so many messages of history; 0 for none. */
  readonly maxHistory?: number;
  readonly extensions?: readonly Element[];
}): Element {
  return el(
    'presence',
    { to: `${options.room}/${options.nick}` },
    el(
      'x',
      { xmlns: NS.muc },
      options.maxHistory === undefined ? undefined : el('history', { maxstanzas: options.maxHistory }),
      options.password === undefined ? undefined : el('password', {}, options.password),
    ),
    options.extensions,
  );
}

/**
 * What the service says in a presence; undefined when it carries no `muc#user`. An unknown affiliation or role
 * reads as `none`: it grants nothing.
 */
export function parseMucUser(presence: Element): MucUser | undefined {
  const x = presence.getChild('x', NS.mucUser);
  if (x === undefined) return undefined;
  const item = x.getChild('item');
  const actor = item?.getChild('actor');
  const destroy = x.getChild('destroy');
  const codes = x.getChildren('status').map((status) => Number(attribute(status, 'code')));
  return present({
    affiliation: affiliations.find((each) => item && each === attribute(item, 'affiliation')) ?? 'none',
    role: roles.find((each) => item && each === attribute(item, 'role')) ?? 'none',
    jid: item && attribute(item, 'jid'),
    nick: item && attribute(item, 'nick'),
    statusCodes: new Set(codes.filter((code) => Number.isInteger(code))),
    reason: item?.getChildText('reason') ?? undefined,
    actor: actor && present({ nick: attribute(actor, 'nick'), jid: attribute(actor, 'jid') }),
    destroy:
      destroy &&
      present({ jid: attribute(destroy, 'jid'), reason: destroy.getChildText('reason') ?? undefined }),
  });
}

/** `<x muc#user/>`, for the service that sends it. */
export function encodeMucUser(user: MucUser): Element {
  const reason = (text: string | undefined) => (text === undefined ? undefined : el('reason', {}, text));
  return el(
    'x',
    { xmlns: NS.mucUser },
    el(
      'item',
      { affiliation: user.affiliation, role: user.role, jid: user.jid, nick: user.nick },
      user.actor && el('actor', { nick: user.actor.nick, jid: user.actor.jid }),
      reason(user.reason),
    ),
    user.destroy && el('destroy', { jid: user.destroy.jid }, reason(user.destroy.reason)),
    [...user.statusCodes].sort((a, b) => a - b).map((code) => el('status', { code })),
  );
}

/** One change of a role (by nick) or of an affiliation (by bare real JID) (s.8, s.9). */
export type AdminItem =
  | { readonly nick: string; readonly role: Role; readonly reason?: string }
  | { readonly jid: string; readonly affiliation: Affiliation; readonly reason?: string };

/** The payload of an IQ set to the room that changes roles or affiliations. */
export function encodeMucAdmin(...items: readonly AdminItem[]): Element {
  return el(
    'query',
    { xmlns: NS.mucAdmin },
    items.map((item) => {
      const { reason, ...attributes } = item;
      return el('item', attributes, reason === undefined ? undefined : el('reason', {}, reason));
    }),
  );
}

/** The payload of an IQ set to the room that submits its configuration (s.10.2); fields left out stay as they are. */
export function encodeMucConfig(values: Readonly<Record<string, string | boolean>>): Element {
  const fields = Object.entries(values).map(([name, value]): DataFormField => ({
    var: name,
    values: [typeof value === 'boolean' ? (value ? '1' : '0') : value],
  }));
  return el(
    'query',
    { xmlns: NS.mucOwner },
    encodeDataForm({ type: 'submit', fields: [formTypeField(NS.mucRoomConfig), ...fields] }),
  );
}

/** The payload of an IQ set to the room that destroys it (s.10.9). */
export function encodeMucDestroy(reason?: string, alternateRoom?: string): Element {
  return el(
    'query',
    { xmlns: NS.mucOwner },
    el('destroy', { jid: alternateRoom }, reason === undefined ? undefined : el('reason', {}, reason)),
  );
}
