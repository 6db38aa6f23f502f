/** The focus is in a conference before anybody else (acceptance 78). */
import { expect, it } from 'vitest';
import { muc } from '../muc/muc.js';
import { refusal } from '../muc/testing/verona.js';
import { type Actor, Stage } from '../muc/testing/stage.js';
import { clientProxy, focusLock } from './index.js';

const room = 'garden@rooms.verona.lit';
const answered = () => new Promise((resolve) => setImmediate(resolve));

function scene(options: object = {}) {
  const stage = new Stage();
  const focusAccount = 'focus@auth.verona.lit';
  stage.beside('focus.verona.lit').load(clientProxy, { target: `${focusAccount}/focus` });
  const service = stage.load(muc, {
    admins: [focusAccount],
    reservedNicks: { focus: focusAccount },
    creation: { domains: ['verona.lit'] },
  });
  stage.load(focusLock, { proxy: 'focus.verona.lit', ...options });
  const romeo = stage.actor('romeo@verona.lit/orchard');
  const juliet = stage.actor('juliet@guest.verona.lit/balcony', { anonymous: true });
  return { stage, service, romeo, juliet, focus: () => stage.actor(`${focusAccount}/focus`) };
}

const enters = (actor: Actor, nick: string) =>
  actor.sends(`<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);

const isIn = (actor: Actor, nick: string) =>
  actor.inbox.some(({ attrs }) => attrs['from'] === `${room}/${nick}` && attrs['type'] === undefined);

function agrees(focus: Actor): void {
  const request = focus.receives(
    `<iq type='set'><conference xmlns='http://jitsi.org/protocol/focus' room='${room}'/></iq>`,
  );
  enters(focus, 'focus');
  focus.sends(
    `<iq type='result' id='${String(request.attrs['id'])}' to='${String(request.attrs['from'])}'><conference xmlns='http://jitsi.org/protocol/focus' ready='true'/></iq>`,
  );
}

it('asks the focus in the name of who may open rooms, whatever client it has, and lets it in then', async () => {
  const { focus: arrives, romeo } = scene();
  const focus = arrives();
  enters(romeo, 'romeo');
  romeo.receivesNothing();
  expect(focus.inbox[0]?.attrs['from']).toBe(`focus.verona.lit/${romeo.jid.toString()}`);
  expect(focus.inbox[0]?.getChild('conference')?.attrs['machine-uid']).toMatch(/^[0-9a-f]{32}$/);
  agrees(focus);
  await answered();
  const [first] = romeo.inbox;
  expect(first?.attrs['from']).toBe(`${room}/focus`);
  expect(isIn(romeo, 'romeo')).toBe(true);
  const own = romeo.inbox.find(({ attrs }) => attrs['from'] === `${room}/romeo`);
  expect(own?.toString()).not.toContain("code='201'");
  expect(own?.getChild('x')?.getChild('item')?.attrs['affiliation']).toBe('owner');
});

it('asks once for all who come meanwhile, and lets them in in that order', async () => {
  const { stage, service, focus: arrives, romeo } = scene();
  const focus = arrives();
  const paris = stage.actor('paris@verona.lit/tomb');
  enters(romeo, 'romeo');
  enters(paris, 'paris');
  enters(romeo, 'romeo');
  agrees(focus);
  await answered();
  const there = [...(service.rooms.get(room)?.occupants ?? [])];
  expect(there.map(({ nick, affiliation }) => [nick, affiliation])).toEqual([
    ['focus', 'owner'],
    ['romeo', 'owner'],
    ['paris', 'none'],
  ]);
  expect(focus.inbox.filter(({ name }) => name === 'iq')).toEqual([]);
});

it('does not ask for those who may not open rooms', () => {
  const { focus: arrives, juliet } = scene();
  const focus = arrives();
  enters(juliet, 'juliet');
  juliet.receives(refusal('presence', 'cancel', 'not-allowed'));
  focus.receivesNothing();
});

it('tells who waits when the focus does not want to, and nothing is there then', async () => {
  const { service, focus: arrives, romeo } = scene();
  const focus = arrives();
  enters(romeo, 'romeo');
  const request = focus.receives('<iq/>');
  focus.sends(
    `<iq type='error' id='${String(request.attrs['id'])}' to='${String(request.attrs['from'])}'><error type='auth'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
  );
  await answered();
  romeo.receives(refusal('presence', 'cancel', 'not-allowed'));
  expect(service.rooms.size).toBe(0);
});

it('does not seat who has gone meanwhile', async () => {
  const { stage, service, focus: arrives, romeo } = scene();
  const focus = arrives();
  enters(romeo, 'romeo');
  stage.vanish(romeo);
  agrees(focus);
  await answered();
  expect(service.rooms.get(room)?.occupantCount).toBe(1);
});

it('is no lock for those who come after the focus, also when it has left', () => {
  const { focus: arrives, juliet, romeo } = scene();
  const focus = arrives();
  enters(focus, 'focus');
  enters(juliet, 'juliet');
  expect(isIn(juliet, 'juliet')).toBe(true);
  focus.leaves(room);
  enters(romeo, 'romeo');
  expect(isIn(romeo, 'romeo')).toBe(true);
});

it('is no lock where there is no focus', () => {
  const { romeo, juliet } = scene();
  enters(romeo, 'romeo');
  romeo.receives(
    `<presence from='${room}/romeo'><x><item affiliation='owner'/><status code='201'/></x></presence>`,
  );
  enters(juliet, 'juliet');
  expect(isIn(juliet, 'juliet')).toBe(true);
});

it('makes nobody the owner of a room that was there', async () => {
  const { stage, service, focus: arrives, juliet } = scene();
  const focus = arrives();
  enters(stage.actor('focus@auth.verona.lit/other'), 'keeper');
  enters(juliet, 'juliet');
  agrees(focus);
  await answered();
  expect(service.rooms.get(room)?.occupant('juliet')?.affiliation).toBe('none');
});

it('keeps no more waiting than it may', () => {
  const { stage, focus: arrives, romeo } = scene({ waiting: 1 });
  arrives();
  const paris = stage.actor('paris@verona.lit/tomb');
  enters(romeo, 'romeo');
  enters(paris, 'paris');
  paris.receives(refusal('presence', 'wait', 'resource-constraint'));
});
