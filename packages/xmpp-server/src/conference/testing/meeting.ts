/** The scene of dialogues about a conference: the focus has opened the room, Romeo moderates it, Juliet takes part, Tybalt is outside. */
import { el, NS, parseJid, type Element, type StanzaError } from '@conclave/signaling';
import { parse } from 'ltx';
import type { TokenIdentity } from '../../accounts/token/identity.js';
import { muc } from '../../muc/muc.js';
import { type Actor, Stage } from '../../muc/testing/stage.js';
import { permissions, roomMetadata } from '../index.js';

export const room = 'garden@rooms.verona.lit';
export const main = 'verona.lit';

/** Options of a component `<name>.verona.lit`. */
export function at(name: string, more: object = {}): object {
  return { component: `${name}.verona.lit`, announcedBy: main, ...more };
}

export function stageForMeetings(options: object = {}) {
  const stage = new Stage();
  stage.beside(main);
  const focusAccount = 'focus@auth.verona.lit';
  const service = stage.load(muc, {
    admins: [focusAccount],
    reservedNicks: { focus: focusAccount },
    ...options,
  });
  const metadata = stage.load(roomMetadata, at('metadata'));
  stage.load(permissions);
  const focus = stage.actor(`${focusAccount}/focus`);
  const romeo = stage.actor('romeo@verona.lit/orchard');
  const juliet = stage.actor('juliet@guest.verona.lit/balcony', { anonymous: true });
  const tybalt = stage.actor('tybalt@guest.verona.lit/street', { anonymous: true });
  return { stage, service, metadata, focus, romeo, juliet, tybalt };
}

export function meeting(load?: (scene: ReturnType<typeof stageForMeetings>) => void) {
  const scene = stageForMeetings();
  load?.(scene);
  scene.focus.joins(room, 'focus');
  scene.romeo.joins(room, 'romeo');
  scene.juliet.joins(room, 'juliet');
  appoints(scene.focus, 'romeo@verona.lit');
  scene.stage.everybodyIgnoresAll();
  return scene;
}

/** What a token says of its bearer, where nothing else is said. */
export function tokenFor(more: Partial<TokenIdentity> = {}): TokenIdentity {
  return {
    issuer: 'app',
    subject: '*',
    room: '*',
    user: undefined,
    features: undefined,
    group: undefined,
    tenant: undefined,
    ...more,
  };
}

/** Submits fields of the room's configuration. */
export function configures(actor: Actor, fields: Readonly<Record<string, string>>): void {
  const inside = Object.entries({ FORM_TYPE: NS.mucRoomConfig, ...fields }).map(
    ([name, value]) => `<field var='${name}'><value>${value}</value></field>`,
  );
  actor.sends(
    `<iq type='set' id='c1' to='${room}'><query xmlns='${NS.mucOwner}'><x xmlns='jabber:x:data' type='submit'>${inside.join('')}</x></query></iq>`,
  );
}

/** Enters the room, or asks to. @param inside of the presence @param secret of `<x muc/>` */
export function enters(actor: Actor, nick: string, inside = '', secret = ''): void {
  const password = secret === '' ? '' : `<password>${secret}</password>`;
  actor.sends(`<presence to='${room}/${nick}'><x xmlns='${NS.muc}'>${password}</x>${inside}</presence>`);
}

/** The presence by which an actor learnt last that it is in, as it is there. */
export function ownPresence(actor: Actor, nick: string): Element | undefined {
  return actor.inbox.findLast(
    ({ name, attrs }) =>
      name === 'presence' && attrs['from'] === `${room}/${nick}` && attrs['type'] === undefined,
  );
}

/** Makes a person owner of the room. */
export function appoints(actor: Actor, person: string, affiliation = 'owner'): void {
  actor.sends(
    `<iq type='set' id='o1' to='${room}'><query xmlns='${NS.mucAdmin}'><item affiliation='${affiliation}' jid='${person}'/></query></iq>`,
  );
}

/** What the JSON envelope of the next stanza says; what is no envelope is passed over. */
export function hears(actor: Actor, from?: string): Record<string, unknown> {
  for (let next = actor.inbox.shift(); next !== undefined; next = actor.inbox.shift()) {
    const envelope = envelopeFrom(next, from);
    if (envelope !== undefined) return JSON.parse(envelope.getText()) as Record<string, unknown>;
  }
  throw new Error(`${actor.jid.toString()} heard nothing`);
}

/** That no envelope has come. */
export function hearsNothing(actor: Actor, from?: string): void {
  const heard = actor.inbox.find((stanza) => envelopeFrom(stanza, from) !== undefined);
  if (heard !== undefined) throw new Error(`${actor.jid.toString()} heard ${heard.toString()}`);
}

function envelopeFrom(stanza: Element, from: string | undefined): Element | undefined {
  if (from !== undefined && stanza.attrs['from'] !== from) return undefined;
  return stanza.getChild('json-message', NS.jitmeet);
}

/** Asks a host itself for something, as the router would pass it on. */
export async function asksHost(
  actor: Actor,
  name: string,
  xml: string,
): Promise<Element | StanzaError | null> {
  const payload = parse(xml);
  const { host } = actor.stage.beside(name);
  const stanza = el('iq', { type: 'get', id: 'h', from: actor.jid.toString(), to: name }, payload);
  const handler = host.iq.find('host', 'get', payload.name, String(payload.attrs['xmlns']));
  if (handler === undefined) throw new Error(`${name} does not answer ${xml}`);
  return handler({ stanza, payload, from: actor.jid, to: parseJid(name), type: 'get', origin: actor });
}
