/** Asking to be made a member of a room (XEP-0045 s.7.10), and the answer of those who decide (s.9.9). */
import { expect, it, vi } from 'vitest';
import { MemoryStorage } from '../../../storage/memory.js';
import type { Actor } from '../../testing/stage.js';
import { administers, configures, done, garden, join, refusal, room, verona } from '../../testing/verona.js';

const form = (fields: Readonly<Record<string, string>>, type = 'submit') =>
  `<x xmlns='jabber:x:data' type='${type}'>
    <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>
    ${Object.entries(fields)
      .map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`)
      .join('')}</x>`;
const register = (inside: string, type = 'set') =>
  `<iq type='${type}' id='r' to='${room}'><query xmlns='jabber:iq:register'>${inside}</query></iq>`;
const asks = (nick: string) => register(form({ 'muc#register_roomnick': nick }));
const decides = (allow: string, jid: string, nick: string, type?: string) =>
  `<message to='${room}'>${form(
    { 'muc#jid': jid, 'muc#register_roomnick': nick, 'muc#register_allow': allow },
    type,
  )}</message>`;
const question = (jid: string, nick: string) =>
  `<message from='${room}'><x xmlns='jabber:x:data' type='form'>
    <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>
    <field var='muc#jid'><value>${jid}</value></field>
    <field var='muc#register_roomnick'><value>${nick}</value></field>
    <field var='muc#register_allow' type='boolean'><value>false</value></field></x></message>`;
const shown = (nick: string, affiliation: string) =>
  `<presence from='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='${affiliation}'/></x></presence>`;

const paris = 'paris@verona.lit';

/** Romeo's room, Juliet in it, Paris outside; who does not belong may ask to. */
function askable(options: object = {}) {
  const scene = garden({ rooms: { registration: true }, ...options });
  return { ...scene, outsider: scene.stage.actor(`${paris}/street`) };
}

const refused = (actor: Actor, request: string, type: string, condition: string): void => {
  actor.sends(request);
  actor.receives(refusal(request.startsWith('<iq') ? 'iq' : 'message', type, condition));
};

it('is for rooms whose owners want it', () => {
  const { romeo, juliet } = garden();
  refused(juliet, asks('Capulet'), 'cancel', 'not-allowed');
  configures(romeo, { 'x-muc#roomconfig_registration': '1' });
  juliet.ignoresAll();
  juliet.sends(register('', 'get'));
  juliet.receives(
    "<iq type='result'><query><x type='form'><field var='muc#register_roomnick'/></x></query></iq>",
  );
  juliet.sends(asks('Capulet'));
  juliet.receives(done);
});

it('is put to all owners and administrators, and to nobody else', () => {
  const { stage, romeo, juliet, outsider } = askable();
  administers(romeo, "<item affiliation='admin' jid='benvolio@verona.lit'/>");
  const benvolio = stage.actor('benvolio@verona.lit/square');
  benvolio.joins(room, 'benvolio');
  outsider.sends(asks('Count'));
  outsider.receives(done);
  romeo.receives(question(paris, 'Count'));
  benvolio.receives(question(paris, 'Count'));
  juliet.receivesNothing();
  benvolio.sends(decides('true', paris, 'Count'));
  romeo.ignoresAll();
  refused(romeo, decides('true', paris, 'Count'), 'cancel', 'item-not-found');
});

it('makes a member who is in the room, for all to see, and keeps the nickname', () => {
  const { romeo, juliet } = askable();
  juliet.sends(asks('Capulet'));
  juliet.receives(done);
  romeo.receives(question('juliet@verona.lit', 'Capulet'));
  romeo.sends(decides('1', 'juliet@verona.lit', 'Capulet'));
  for (const actor of [romeo, juliet]) actor.receives(shown('juliet', 'member'));
  juliet.sends(register('', 'get'));
  juliet.receives("<iq type='result'><query><registered/><username>Capulet</username></query></iq>");
});

it('makes a member who is not: now the doors are open', () => {
  const { romeo, outsider } = askable();
  configures(romeo, { 'muc#roomconfig_membersonly': '1' });
  refused(outsider, register('<remove/>'), 'auth', 'registration-required');
  outsider.sends(asks('Count'));
  outsider.sends(join('Count'));
  outsider.receives(done);
  outsider.receives(refusal('presence', 'auth', 'registration-required'));
  romeo.ignoresAll();
  romeo.sends(decides('true', paris, 'Count'));
  romeo.receives(
    `<message from='${room}'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' jid='${paris}'/></x></message>`,
  );
  outsider.joins(room, 'Count');
});

it('waits for who decides to come', () => {
  const { stage, romeo, outsider } = askable();
  romeo.leaves(room);
  outsider.sends(asks('Count'));
  stage.everybodyIgnoresAll();
  romeo.sends(join('romeo'));
  expect(romeo.inbox.pop()?.toString()).toContain('muc#register_allow');
  romeo.sends(decides('true', paris, 'Count', 'cancel'));
  romeo.ignoresAll();
  romeo.sends(decides('true', paris, 'Count'));
  romeo.receives(`<message from='${room}'><x><item affiliation='member' jid='${paris}'/></x></message>`);
});

it('is granted by nobody else, nor otherwise than it was asked', () => {
  const { stage, romeo, juliet, outsider } = askable();
  outsider.sends(asks('Count'));
  stage.everybodyIgnoresAll();
  for (const forger of [juliet, outsider])
    refused(forger, decides('true', paris, 'Count'), 'auth', 'forbidden');
  for (const [jid, nick] of [
    [paris, 'Prince'],
    ['tybalt@verona.lit', 'Count'],
    ['@', 'Count'],
  ] as const) {
    refused(romeo, decides('true', jid, nick), 'cancel', 'item-not-found');
  }
  refused(romeo, decides('perhaps', paris, 'Count'), 'modify', 'bad-request');
  outsider.receivesNothing();
  outsider.sends(register('', 'get'));
  outsider.receives(
    "<iq><query><x type='form'><field var='muc#register_roomnick'><value>Count</value></field></x></query></iq>",
  );
});

it('is asked once: neither again while it waits, nor after a refusal', () => {
  const { stage, romeo, outsider } = askable();
  outsider.sends(asks('Count'));
  stage.everybodyIgnoresAll();
  outsider.sends(asks('Count'));
  outsider.receives(done);
  refused(outsider, asks('Prince'), 'modify', 'not-acceptable');
  romeo.receivesNothing();
  romeo.sends(decides('false', paris, 'Count'));
  refused(outsider, asks('Count'), 'cancel', 'not-allowed');
  romeo.receivesNothing();
  // Whoever has been a member since may ask again.
  administers(romeo, `<item affiliation='member' jid='${paris}'/>`);
  administers(romeo, `<item affiliation='none' jid='${paris}'/>`);
  outsider.sends(asks('Count'));
  outsider.receives(done);
});

it('is refused to outcasts, whose requests are forgotten', () => {
  const { stage, romeo, outsider } = askable();
  outsider.sends(asks('Count'));
  administers(romeo, `<item affiliation='outcast' jid='${paris}'/>`);
  stage.everybodyIgnoresAll();
  refused(romeo, decides('true', paris, 'Count'), 'cancel', 'item-not-found');
  refused(outsider, register('', 'get'), 'auth', 'forbidden');
  refused(outsider, asks('Count'), 'auth', 'forbidden');
});

it('is refused for nicknames that are another’s, also if they have become so since', () => {
  const { stage, romeo, juliet, outsider } = askable();
  outsider.sends(asks('Count'));
  romeo.sends(asks('Montague'));
  administers(romeo, "<item affiliation='member' jid='juliet@verona.lit'/>");
  juliet.sends(asks('Count'));
  stage.everybodyIgnoresAll();
  romeo.sends(decides('true', paris, 'Count'));
  romeo.receives(refusal('message', 'cancel', 'conflict'));
  const tybalt = stage.actor('tybalt@verona.lit/street');
  refused(tybalt, asks('montague'), 'cancel', 'conflict');
  refused(tybalt, asks('romeo'), 'cancel', 'conflict');
  refused(tybalt, asks(' '), 'modify', 'jid-malformed');
});

it('stays within limits: of requests, and of members', () => {
  const { stage, romeo, outsider } = askable({ limits: { registrationRequests: 1, affiliations: 1 } });
  outsider.sends(asks('Count'));
  const tybalt = stage.actor('tybalt@verona.lit/street');
  refused(tybalt, asks('Cat'), 'wait', 'resource-constraint');
  stage.everybodyIgnoresAll();
  refused(romeo, decides('true', paris, 'Count'), 'wait', 'resource-constraint');
  romeo.sends(decides('false', paris, 'Count'));
  tybalt.sends(asks('Cat'));
  tybalt.receives(done);
});

it('outlasts the life of a room that is kept', async () => {
  const storage = new MemoryStorage();
  const options = { persistence: 'owners', rooms: { registration: true, persistent: true } };
  const before = verona(options, storage);
  before.romeo.sends(join('romeo'));
  const outsider = before.stage.actor(`${paris}/street`);
  await vi.waitFor(() => expect(before.romeo.inbox.length).toBeGreaterThan(0), { interval: 1 });
  outsider.sends(asks('Count'));
  await vi.waitFor(() => outsider.receives(done), { interval: 1 });
  before.stage.unload();
  const { romeo } = verona(options, storage);
  romeo.sends(join('romeo'));
  await vi.waitFor(() => expect(romeo.inbox.at(-1)?.toString()).toContain('muc#register_allow'), {
    interval: 1,
  });
});
