import { expect, it } from 'vitest';
import { administers, done, garden, join, refusal, room } from '../testing/verona.js';

const register = (inside: string, type = 'set') =>
  `<iq type='${type}' id='r' to='${room}'><query xmlns='jabber:iq:register'>${inside}</query></iq>`;
const nickname = (nick: string) =>
  register(`<x xmlns='jabber:x:data' type='submit'>
    <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>
    <field var='muc#register_roomnick'><value>${nick}</value></field></x>`);

function gardenOfMembers() {
  const scene = garden();
  administers(scene.romeo, "<item affiliation='member' jid='juliet@verona.lit'/>");
  scene.stage.everybodyIgnoresAll();
  return scene;
}

it('keeps a nickname for a member, also while the member is away', () => {
  const { stage, juliet } = gardenOfMembers();
  juliet.sends(register('', 'get'));
  juliet.receives(
    "<iq type='result'><query><x type='form'><field var='muc#register_roomnick'/></x></query></iq>",
  );
  juliet.sends(nickname('Capulet'));
  juliet.receives(done);
  juliet.sends(register('', 'get'));
  juliet.receives("<iq type='result'><query><registered/><username>Capulet</username></query></iq>");
  const tybalt = stage.actor('tybalt@verona.lit/street');
  tybalt.sends(join('capulet'));
  tybalt.receives(refusal('presence', 'cancel', 'conflict'));
  juliet.leaves(room);
  juliet.joins(room, 'Capulet');
});

it('makes nobody a member', () => {
  const { juliet } = garden();
  for (const request of [register('', 'get'), nickname('Capulet'), register('<remove/>')]) {
    juliet.sends(request);
    juliet.receives(refusal('iq', 'cancel', 'not-allowed'));
  }
});

it('ends with a new nickname, at will, and with membership', () => {
  const { stage, romeo, juliet } = gardenOfMembers();
  const tybalt = stage.actor('tybalt@verona.lit/street');
  const isFree = (nick: string): void => {
    tybalt.joins(room, nick);
    tybalt.leaves(room);
    stage.everybodyIgnoresAll();
  };
  juliet.sends(nickname('Capulet'));
  juliet.sends(nickname('Sun'));
  isFree('Capulet');
  juliet.sends(register('<remove/>'));
  isFree('Sun');
  juliet.sends(nickname('Moon'));
  administers(romeo, "<item affiliation='none' jid='juliet@verona.lit'/>");
  isFree('Moon');
});

it('refuses nicknames of others, and what cannot be one', () => {
  const { romeo, juliet } = gardenOfMembers();
  juliet.sends(nickname('romeo'));
  juliet.receives(refusal('iq', 'cancel', 'conflict'));
  romeo.sends(nickname('Montague'));
  romeo.receives(done);
  juliet.sends(nickname('montague'));
  juliet.receives(refusal('iq', 'cancel', 'conflict'));
  juliet.sends(nickname(' '));
  juliet.receives(refusal('iq', 'modify', 'jid-malformed'));
  for (const inside of ['', `<x xmlns='jabber:x:data'/>`, `<x xmlns='jabber:x:data' type='submit'/>`]) {
    juliet.sends(register(inside));
    juliet.receives(refusal('iq', 'modify', 'bad-request'));
  }
});

it('tells the nickname before one enters (x-roomuser-item)', () => {
  const { stage, juliet } = gardenOfMembers();
  const asks = `<iq type='get' id='x' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'/></iq>`;
  juliet.sends(asks);
  const none = juliet.receives(`<iq type='result'><query node='x-roomuser-item'/></iq>`);
  expect(none.getChild('query')?.children).toEqual([]);
  juliet.sends(nickname('Capulet'));
  juliet.leaves(room);
  juliet.ignoresAll();
  juliet.sends(asks);
  juliet.receives(`<iq><query><identity category='conference' type='text' name='Capulet'/></query></iq>`);
  const tybalt = stage.actor('tybalt@verona.lit/street');
  tybalt.sends(asks);
  tybalt.receives(refusal('iq', 'auth', 'forbidden'));
});
