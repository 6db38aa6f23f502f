/**
 * The names that people show in a conference (Jitsi's `muc_displayname`): cleaned of what cannot be seen, the token's own where the token says so, the same in all
 * that the room says, for those who come later too; and, where the operator wants that, required of everybody, or shown to moderators only.
 */
import { type Element, el, NS, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import { type Admission, admissionPriority } from '../muc/events.js';
import type { Muc, Room } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { sendOccupants } from '../muc/presence.js';
import { withAttributes } from '../stream/with-attributes.js';
import { cleanName, nameOf, shownName } from './display-name.js';

const options = z.strictObject({
  /** Whether only moderators learn who the others are. */
  hideFromGuests: z.boolean().default(false),
  /** Whether one has to say a name before one may enter. */
  required: z.boolean().default(false),
  /** Domains of the service's own clients: they need no name, and see all. */
  exempt: z.array(z.string()).default([]),
});

const displayNameNamespace = 'http://jitsi.org/protocol/display-name';
const addressNamespace = 'http://jabber.org/protocol/address';

const nick: ReadonlySet<string> = new Set(['nick']);
/** Clients read these by their names, in whatever namespace. */
const personal: ReadonlySet<string> = new Set(['nick', 'email', 'stats-id', 'avatar-url']);
const personalOfIdentity: ReadonlySet<string> = new Set(['name', 'email', 'avatar', 'id']);

const isNamed = (child: Element | string, names: ReadonlySet<string>): boolean =>
  typeof child === 'object' && names.has(child.getName());

/** Without what tells who somebody is. */
function anonymous(child: Element | string, showsJid: boolean): Element | string | undefined {
  if (typeof child === 'string') return child;
  if (child.is('x', NS.mucUser) && !showsJid) return withoutJid(child);
  if (child.getName() === 'identity') return withoutPerson(child);
  return personal.has(child.getName()) ? undefined : child;
}

/** With other children; undefined leaves one out. */
function mapped(parent: Element, each: (child: Element) => Element | undefined): Element {
  const copy = withAttributes(parent, {});
  copy.children = parent.children.flatMap((child) =>
    typeof child === 'string' ? child : (each(child) ?? []),
  );
  return copy;
}

function withoutJid(child: Element): Element {
  return mapped(withAttributes(child, { jid: undefined }), withoutJid);
}

function withoutPerson(identity: Element): Element {
  return mapped(identity, (user) =>
    mapped(user, (child) => (personalOfIdentity.has(child.getName()) ? undefined : child)),
  );
}

/** Before others add what the room says; and after all of them. */
const first = 100;
const last = -100;

export const displayNames = defineModule<z.output<typeof options>>({
  name: 'display-names',
  needs: ['muc'],
  permanent: true,
  options,
  load(context, { hideFromGuests, required, exempt }) {
    const muc = context.module<Muc>('muc');
    const isExempt = new Set(exempt);

    const isKept = (receiver: Occupant): boolean =>
      receiver.role !== 'moderator' && !isExempt.has(receiver.person.domain) && !muc.isAdmin(receiver.person);
    const guard = (room: Room): void => {
      if (hideFromGuests) room.keepsNamesFrom = isKept;
    };

    const gate = ({ from, admin, presence }: Admission): StanzaError | undefined => {
      if (admin || isExempt.has(from.domain)) return undefined;
      if (cleanName(presence.getChildText('nick', NS.nick) ?? '') !== '') return undefined;
      return stanzaError('not-acceptable', undefined, el('displayname-required', { xmlns: NS.jitmeet }));
    };
    if (required) context.onUnload(muc.hooks.on('admission', gate, admissionPriority('resource')));

    context.onUnload(muc.hooks.on('room-created', guard));
    context.onUnload(muc.hooks.on('room-restored', guard));
    context.onUnload(
      muc.hooks.on(
        'attributed',
        ({ occupant, stanza }) => {
          if (muc.isAdmin(occupant.person)) return;
          if (stanza.name === 'message') {
            stanza.children = stanza.children.filter((child) => !claimsAName(child));
          } else if (stanza.name === 'presence') {
            const name = nameOf(occupant);
            const others = stanza.children.filter((child) => !isNamed(child, nick));
            const shown = name === '' ? [] : [el('nick', { xmlns: NS.nick }, name)];
            stanza.children = [...shown, ...others];
          }
        },
        first,
      ),
    );
    context.onUnload(
      muc.hooks.on(
        'attributed',
        ({ occupant, stanza, guarded }) => {
          if (guarded !== true || muc.isAdmin(occupant.person)) return;
          const showsJid = isExempt.has(occupant.person.domain);
          stanza.children = stanza.children.flatMap((child) => anonymous(child, showsJid) ?? []);
        },
        last,
      ),
    );
    // Whoever spoke may be gone by then.
    context.onUnload(
      muc.hooks.on('remembered', ({ room, occupant, notes }) => {
        const name = shownName(room, occupant);
        if (name === '' || muc.isAdmin(occupant.person)) return;
        const source = occupant.primary.origin?.anonymous === true ? 'guest' : 'token';
        notes.push(el('display-name', { xmlns: displayNameNamespace, source }, name));
      }),
    );
    // Who may know from now on is told at once.
    context.onUnload(
      muc.hooks.on('affiliation-changed', ({ room, person, before, after }) => {
        if (room.keepsNamesFrom === undefined || before === after) return;
        for (const receiver of room.occupantsOf(person)) {
          if (isKept(receiver)) continue;
          for (const session of receiver.sessions) sendOccupants(muc, room, receiver, session);
        }
      }),
    );
  },
});

/** What would make clients show a message as somebody else's. */
function claimsAName(child: Element | string): boolean {
  if (typeof child === 'string') return false;
  const name = child.getName();
  return (
    name === 'nick' ||
    (name === 'display-name' && child.getNS() === displayNameNamespace) ||
    (name === 'addresses' && child.getNS() === addressNamespace)
  );
}
