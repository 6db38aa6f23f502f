/** What the XMPP server of the tests says of rooms to the focus. */
import { el, type Element, encodeDataForm, NS } from '@conclave/signaling';

export const DOMAIN = 'meet.example';
export const FOCUS_JID = `focus@auth.${DOMAIN}`;
export const ROOM = `room1@conference.${DOMAIN}`;
export const BREWERY = `jvbbrewery@internal.auth.${DOMAIN}`;

export const ownerForm = (room: string) => {
  const isBreakout = room.includes('@breakout.');
  const fields = {
    'muc#roominfo_meetingId': isBreakout ? `meeting-of-${room}` : 'meeting-1',
    ...(isBreakout && { 'muc#roominfo_breakout_main_room': ROOM }),
  };
  return el(
    'query',
    { xmlns: NS.mucOwner },
    encodeDataForm({
      type: 'form',
      fields: Object.entries(fields).map(([name, value]) => ({ var: name, values: [value] })),
    }),
  );
};

export const occupantPresence = (
  jid: string,
  realJid: string | undefined,
  options: { unavailable?: boolean; affiliation?: string; role?: string; codes?: number[] } = {},
  children: Element[] = [],
): Element => {
  const { unavailable = false, affiliation = 'none', role = 'participant', codes = [] } = options;
  return el(
    'presence',
    { from: jid, to: `${FOCUS_JID}/focus`, type: unavailable ? 'unavailable' : undefined },
    el(
      'x',
      { xmlns: NS.mucUser },
      el('item', { affiliation, role: unavailable ? 'none' : role, jid: realJid }),
      codes.map((code) => el('status', { code })),
    ),
    children,
  );
};
