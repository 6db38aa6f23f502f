/** What all in a conference are told of it, and who may change that. */
import { expect, it } from 'vitest';
import { externalServices } from '../modules/external-services.js';
import { refusal } from '../muc/testing/verona.js';
import type { Actor } from '../muc/testing/stage.js';
import { hears, hearsNothing, main, meeting, room, stageForMeetings } from './testing/meeting.js';

const component = 'metadata.verona.lit';

function sets(actor: Actor, json: string, where = room): void {
  const text = json.replaceAll('<', '&lt;');
  actor.sends(
    `<message to='${component}'><room_metadata xmlns='http://jitsi.org/jitmeet' room='${where}'>${text}</room_metadata></message>`,
  );
}

it('is announced by the main host', () => {
  const { stage } = stageForMeetings();
  expect(stage.beside(main).host.disco.identities).toEqual([
    { category: 'component', type: 'room_metadata', name: component },
  ]);
  stage.unload();
  expect(stage.beside(main).host.disco.identities).toEqual([]);
});

it('tells all in the room, the focus among them, what a moderator sets', () => {
  const { romeo, juliet, focus } = meeting();
  sets(romeo, '{"key":"startMuted","data":{"audio":true},"type":"room_metadata"}');
  for (const actor of [romeo, juliet, focus]) {
    const [stanza] = actor.inbox;
    expect(stanza?.getChild('json-message')?.attrs['room']).toBe(room);
    expect(hears(actor, component)).toEqual({
      type: 'room_metadata',
      metadata: { startMuted: { audio: true } },
    });
  }
});

it('says nothing when nothing changes', () => {
  const { romeo, juliet } = meeting();
  sets(romeo, '{"key":"k","data":{"a":1}}');
  juliet.ignoresAll();
  sets(romeo, '{"key":"k","data":{"a":1}}');
  juliet.receivesNothing();
});

it('tells newcomers before they know that they are in, with the services that they may use', () => {
  const { stage, tybalt, romeo, metadata, service } = meeting(({ stage: before }) => {
    before.beside(main).load(externalServices, {
      services: [{ type: 'turns', host: 'turn.verona.lit', port: 443, transport: 'tcp', secret: 's' }],
    });
  });
  sets(romeo, '{"key":"k","data":1}');
  tybalt.ignoresAll();
  tybalt.sends(`<presence to='${room}/tybalt'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  const stanzas = [...tybalt.inbox];
  const told = stanzas.findIndex((stanza) => stanza.attrs['from'] === component);
  expect(told).toBeLessThan(stanzas.findIndex((stanza) => stanza.attrs['from'] === `${room}/tybalt`));
  expect(hears(tybalt, component)['metadata']).toMatchObject({
    k: 1,
    services: [
      {
        type: 'turns',
        host: 'turn.verona.lit',
        port: 443,
        transport: 'tcp',
        username: expect.stringMatching(/^\d+$/) as string,
        password: expect.any(String) as string,
        expires: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        restricted: '1',
      },
    ],
  });
  const there = service.rooms.get(room);
  expect(there && metadata.get(there, 'services')).toBeUndefined();
  stage.unload();
});

it.each([
  ['of a participant', 'juliet', '{"key":"k","data":1}', 'auth', 'forbidden'],
  ['of a stranger', 'tybalt', '{"key":"k","data":1}', 'auth', 'forbidden'],
  ['of what others decide', 'romeo', '{"key":"lobbyEnabled","data":true}', 'cancel', 'not-allowed'],
  ['that is no JSON', 'romeo', '{', 'modify', 'bad-request'],
  ['that is a list', 'romeo', '[]', 'modify', 'bad-request'],
  ['without data', 'romeo', '{"key":"k"}', 'modify', 'bad-request'],
  ['of null', 'romeo', '{"key":"k","data":null}', 'modify', 'bad-request'],
  ['of the prototype', 'romeo', '{"key":"__proto__","data":{"a":1}}', 'modify', 'bad-request'],
  ['that is too long', 'romeo', `{"key":"k","data":"${'x'.repeat(20_000)}"}`, 'modify', 'bad-request'],
  [
    'as deep as it gets',
    'romeo',
    `{"key":"k","data":${'['.repeat(9000)}${']'.repeat(9000)}}`,
    'modify',
    'bad-request',
  ],
] as const)('refuses a value %s', (_, who, json, type, condition) => {
  const scene = meeting();
  sets(scene[who], json);
  scene[who].receives(refusal('message', type, condition));
  hearsNothing(scene.juliet);
});

it('does not fill up', () => {
  const { romeo } = meeting();
  for (let i = 0; i < 32; i++) sets(romeo, `{"key":"k${String(i)}","data":1}`);
  romeo.ignoresAll();
  sets(romeo, '{"key":"one-more","data":1}');
  romeo.receives(refusal('message', 'wait', 'resource-constraint'));
  sets(romeo, `{"key":"k0","data":"${'x'.repeat(16_300)}"}`);
  romeo.receives(refusal('message', 'wait', 'resource-constraint'));
});

it("keeps to the sender's own room, whatever it names", () => {
  const { stage, romeo, focus, juliet } = meeting();
  const other = 'vault@rooms.verona.lit';
  const paris = stage.actor('paris@verona.lit/tomb');
  focus.joins(other, 'focus');
  paris.joins(other, 'paris');
  focus.sends(
    `<iq type='set' id='o2' to='${other}'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner' jid='paris@verona.lit'/></query></iq>`,
  );
  stage.everybodyIgnoresAll();
  sets(paris, '{"key":"k","data":1}', room);
  paris.receives(refusal('message', 'auth', 'forbidden'));
  romeo.receivesNothing();
  juliet.receivesNothing();
});

it('lets other modules decide who may set what, and to what', () => {
  const { service, romeo, juliet } = meeting();
  service.hooks.on('metadata-requested', ({ key, occupant }) =>
    key === 'mine' && occupant.nick === 'juliet' ? { data: 'hers' } : undefined,
  );
  sets(juliet, '{"key":"mine","data":"other"}');
  expect(hears(romeo)).toMatchObject({ metadata: { mine: 'hers' } });
});

it('forgets with the room', () => {
  const { stage, focus, romeo, juliet, service, metadata } = meeting();
  const before = service.rooms.get(room);
  if (before) metadata.set(before, 'k', 1);
  for (const actor of [focus, romeo, juliet]) actor.leaves(room);
  stage.everybodyIgnoresAll();
  focus.sends(`<presence to='${room}/focus'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
  expect(hears(focus, component)).toEqual({ type: 'room_metadata', metadata: {} });
});
