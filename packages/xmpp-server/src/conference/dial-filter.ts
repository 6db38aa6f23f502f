/**
 * Who may call out, and have a transcriber called (Jitsi's `filter_iq_rayo`): whoever has the feature, into the room where it is, and nobody too
 * often. What goes to the gateway as headers is what is known here to be true; a client cannot add to it.
 */
import { attribute, el, Element, stanzaError, type StanzaError } from '@conclave/signaling';
import { z } from 'zod';
import { defineModule } from '../host/module.js';
import type { OccupantIq } from '../muc/events.js';
import type { Muc } from '../muc/index.js';
import type { Occupant } from '../muc/occupant.js';
import { Attempts } from './attempts.js';
import type { Permissions } from './permissions.js';

const namespace = 'urn:xmpp:rayo:1';
const transcriber = 'jitsi_meet_transcribe';
const minute = 60_000;
const tenSeconds = 10_000;

const options = z.strictObject({
  /** Calls a minute of one room. */
  calls: z.int().positive().default(10),
});

const roomHeader = 'JvbRoomName';
const passed: ReadonlySet<string> = new Set([roomHeader, 'JvbRoomPassword']);

function headersOf(dial: Element): { readonly name: string; readonly value: string }[] {
  return dial
    .getChildren('header')
    .map((header) => ({ name: attribute(header, 'name') ?? '', value: attribute(header, 'value') ?? '' }));
}

/** Of who calls, as the token says; a line break would begin another header. */
function initiator(occupant: Occupant): { readonly name: string; readonly value: string }[] {
  const { identity } = occupant.primary.origin ?? {};
  const { id } = identity?.user ?? {};
  const header = (name: string, value: unknown) =>
    typeof value === 'string' ? [{ name, value: value.replaceAll(/[\r\n]/g, ' ').slice(0, 256) }] : [];
  return [
    ...header('X-outbound-call-initiator-user', id),
    ...header('X-outbound-call-initiator-group', identity?.group),
  ];
}

export const dialFilter = defineModule<z.output<typeof options>>({
  name: 'dial-filter',
  needs: ['muc', 'permissions'],
  options,
  load(context, { calls }) {
    const muc = context.module<Muc>('muc');
    const permissions = context.module<Permissions>('permissions');
    const dialled = new Attempts(calls, minute);
    const transcribed = new Attempts(1, tenSeconds);

    const judge = (question: OccupantIq): StanzaError | undefined => {
      const { room, occupant, target, stanza } = question;
      const dial = stanza.getChild('dial', namespace);
      if (dial === undefined || !muc.isAdmin(target.person) || muc.isAdmin(occupant.person)) return undefined;
      const isTranscriber = attribute(dial, 'to') === transcriber;
      if (!permissions.allow(room, occupant, isTranscriber ? 'transcription' : 'outbound-call')) {
        return stanzaError('forbidden');
      }
      const headers = headersOf(dial);
      const rooms = headers.filter(({ name }) => name === roomHeader);
      if (rooms.length !== 1 || rooms[0]?.value !== room.jid.toString())
        return stanzaError('forbidden', 'Another room');
      const attempts = isTranscriber ? transcribed : dialled;
      if (!attempts.take(room.jid.toString(), muc.now())) {
        return { ...stanzaError('resource-constraint', 'Too many calls'), type: 'cancel' };
      }
      const own = [...headers.filter(({ name }) => passed.has(name)), ...initiator(occupant)];
      const { to, from } = { to: attribute(dial, 'to'), from: attribute(dial, 'from') };
      const copy = new Element(stanza.name);
      Object.assign(copy.attrs, stanza.attrs);
      copy.append(
        el(
          'dial',
          { xmlns: namespace, to, from },
          own.map(({ name, value }) => el('header', { name, value })),
        ),
      );
      question.stanza = copy;
      return undefined;
    };
    context.onUnload(muc.hooks.on('occupant-asked', judge));
  },
});
