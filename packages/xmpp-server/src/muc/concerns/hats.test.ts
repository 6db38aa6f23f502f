import { expect, it } from 'vitest';
import type { Actor } from '../testing/stage.js';
import { administers, garden, join, refusal, room } from '../testing/verona.js';

const uri = 'https://verona.lit/hats#host';
const field = (name: string, value: string): string =>
  `<field var='hats#${name}'><value>${value}</value></field>`;
const form = (...fields: readonly string[]): string =>
  `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:hats:commands</value></field>${fields.join('')}</x>`;
const commands = (who: Actor, name: string, inside = '', action = 'execute'): void =>
  who.sends(`
    <iq type='set' id='h' to='${room}'>
      <command xmlns='http://jabber.org/protocol/commands' action='${action}' node='urn:xmpp:hats:commands:${name}'>${inside}</command>
    </iq>`);
const completed = `<iq type='result' id='h'><command status='completed'/></iq>`;
const hat = `<hats xmlns='urn:xmpp:hats:0'><hat uri='${uri}' title='Host' hue='120.5'/></hats>`;

function gardenWithHat() {
  const scene = garden();
  commands(scene.romeo, 'create', form(field('uri', uri), field('title', 'Host'), field('hue', '120.5')));
  scene.stage.everybodyIgnoresAll();
  return scene;
}

it('are made by forms, and the room is told', () => {
  const { romeo, juliet } = garden();
  commands(romeo, 'create');
  romeo.receives(`
    <iq type='result'><command status='executing'>
      <x type='form'><field var='FORM_TYPE'/><field var='hats#title'/><field var='hats#uri'/><field var='hats#hue'/></x>
    </command></iq>`);
  commands(romeo, 'create', '', 'cancel');
  romeo.receives(`<iq type='result'><command status='canceled'/></iq>`);
  commands(romeo, 'create', form(field('uri', uri), field('title', 'Host')));
  juliet.receives(`<message type='groupchat' from='${room}'><x><status code='104'/></x></message>`);
  romeo.receives('<message/>');
  romeo.receives(completed);
  commands(juliet, 'list');
  juliet.receives(
    `<iq><command status='completed'><x type='result'><item>${field('uri', uri)}</item></x></command></iq>`,
  );
});

it('are worn by people, whatever their nickname, and shown with their presence', () => {
  const { stage, romeo, juliet } = gardenWithHat();
  commands(romeo, 'assign', form(field('uri', uri), field('jid', 'juliet@verona.lit')));
  romeo.receives(`<presence from='${room}/juliet'>${hat}</presence>`);
  romeo.receives(completed);
  juliet.receives(`<presence from='${room}/juliet'>${hat}</presence>`);
  juliet.leaves(room);
  stage.everybodyIgnoresAll();
  juliet.sends(join('sun'));
  romeo.receives(`<presence from='${room}/sun'>${hat}</presence>`);
  commands(romeo, 'list-assigned');
  romeo.receives(
    `<iq><command><x><item>${field('jid', 'juliet@verona.lit')}${field('uri', uri)}</item></x></command></iq>`,
  );
  commands(romeo, 'unassign', form(field('uri', uri), field('jid', 'juliet@verona.lit')));
  expect(romeo.receives(`<presence from='${room}/sun'/>`).getChild('hats')).toBeUndefined();
});

it('are gone from every head when they are destroyed', () => {
  const { romeo, juliet } = gardenWithHat();
  commands(romeo, 'assign', form(field('uri', uri), field('jid', 'juliet@verona.lit')));
  juliet.ignoresAll();
  commands(romeo, 'destroy', form(field('uri', uri)));
  expect(juliet.receives(`<presence from='${room}/juliet'/>`).getChild('hats')).toBeUndefined();
  juliet.receives(`<message><x><status code='104'/></x></message>`);
});

it('are not what a client says of itself', () => {
  const { romeo, juliet } = gardenWithHat();
  juliet.sends(`<presence to='${room}/juliet'>${hat}</presence>`);
  expect(romeo.receives(`<presence from='${room}/juliet'/>`).getChild('hats')).toBeUndefined();
});

it('are kept by admins and owners; others may know which there are', () => {
  const { stage, romeo, juliet } = gardenWithHat();
  const listed = `<iq type='get' id='l' to='${room}'><query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/></iq>`;
  for (const name of ['create', 'destroy', 'assign', 'unassign', 'list-assigned']) {
    commands(
      juliet,
      name,
      form(field('uri', uri), field('title', 'Host'), field('jid', 'juliet@verona.lit')),
    );
    juliet.receives(refusal('iq', 'auth', 'forbidden'));
  }
  juliet.sends(listed);
  expect(juliet.receives('<iq/>').getChild('query')?.children).toHaveLength(1);
  administers(romeo, `<item affiliation='admin' jid='juliet@verona.lit'/>`);
  juliet.ignoresAll();
  juliet.sends(listed);
  expect(juliet.receives('<iq/>').getChild('query')?.children).toHaveLength(6);
  const tybalt = stage.actor('tybalt@verona.lit/street');
  commands(tybalt, 'list');
  tybalt.receives(refusal('iq', 'auth', 'forbidden'));
});

it.each([
  ['create', form(field('uri', 'no uri'), field('title', 'Host')), 'not-acceptable', 'modify'],
  ['create', form(field('uri', uri), field('title', ' ')), 'not-acceptable', 'modify'],
  [
    'create',
    form(field('uri', uri), field('title', 'Host'), field('hue', '361')),
    'not-acceptable',
    'modify',
  ],
  ['create', `<x xmlns='jabber:x:data' type='result'/>`, 'bad-request', 'modify'],
  ['assign', form(field('uri', 'a:b'), field('jid', 'juliet@verona.lit')), 'item-not-found', 'cancel'],
  ['assign', form(field('uri', uri), field('jid', 'verona.lit')), 'jid-malformed', 'modify'],
  ['unassign', form(field('uri', uri), field('jid', 'juliet@verona.lit')), 'item-not-found', 'cancel'],
  ['wear', '', 'item-not-found', 'cancel'],
])('refuses to %s with %s (%s)', (name, inside, condition, type) => {
  const { romeo, juliet } = gardenWithHat();
  commands(romeo, name, inside);
  romeo.receives(refusal('iq', type, condition));
  juliet.receivesNothing();
});

it('are limited in number', () => {
  const { romeo } = garden();
  const creates = (n: number): void =>
    commands(romeo, 'create', form(field('uri', `a:${n}`), field('title', 'Hat')));
  for (let n = 0; n < 50; n++) creates(n);
  romeo.ignoresAll();
  creates(50);
  romeo.receives(refusal('iq', 'wait', 'resource-constraint'));
  creates(7);
  romeo.receives('<message/>');
  romeo.receives(completed);
});
