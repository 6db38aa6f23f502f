/** The scene of most dialogues: a room service where anybody may open a room, and two who meet in one. */
import type { Storage } from '../../storage/storage.js';
import { muc } from '../muc.js';
import { type Actor, Stage } from './stage.js';

export const room = 'garden@rooms.verona.lit';

export function verona(options: object = {}, storage?: Storage) {
  const stage = new Stage('rooms.verona.lit', storage);
  const service = stage.load(muc, { creation: 'anyone', ...options });
  const romeo = stage.actor('romeo@verona.lit/orchard');
  const juliet = stage.actor('juliet@verona.lit/balcony');
  return { stage, service, romeo, juliet };
}

/** As `verona`, with both in the room: Romeo owns it. */
export function garden(options: object = {}) {
  const scene = verona(options);
  scene.romeo.joins(room, 'romeo');
  scene.juliet.joins(room, 'juliet');
  return scene;
}

/** The presence that enters the room. */
export function join(nick: string, inside = ''): string {
  return `<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/>${inside}</presence>`;
}

/** Sends `muc#admin` with these items to the room. */
export function administers(actor: Actor, ...items: readonly string[]): void {
  actor.sends(
    `<iq type='set' id='a1' to='${room}'><query xmlns='http://jabber.org/protocol/muc#admin'>${items.join('')}</query></iq>`,
  );
}

/** Submits fields of the configuration form. */
export function configures(actor: Actor, fields: Readonly<Record<string, string | readonly string[]>>): void {
  const all = { FORM_TYPE: 'http://jabber.org/protocol/muc#roomconfig', ...fields };
  const inside = Object.entries(all).map(
    ([name, value]) =>
      `<field var='${name}'>${[value]
        .flat()
        .map((each) => `<value>${each}</value>`)
        .join('')}</field>`,
  );
  actor.sends(
    `<iq type='set' id='c1' to='${room}'>
       <query xmlns='http://jabber.org/protocol/muc#owner'>
         <x xmlns='jabber:x:data' type='submit'>${inside.join('')}</x>
       </query>
     </iq>`,
  );
}

export const done = `<iq type='result'/>`;

/** The error that answers an IQ, a message or a presence. */
export function refusal(stanza: 'iq' | 'message' | 'presence', type: string, condition: string): string {
  return `<${stanza} type='error'><error type='${type}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></${stanza}>`;
}
