import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { configures, done, garden, refusal, room } from '../testing/verona.js';

const picture = Buffer.from('roses');
const hash = createHash('sha1').update(picture).digest('hex');
const photo = `<PHOTO><TYPE>image/png</TYPE><BINVAL>${picture.toString('base64')}</BINVAL></PHOTO>`;
const vcard = (type: string, inside = ''): string =>
  `<iq type='${type}' id='v' to='${room}'><vCard xmlns='vcard-temp'>${inside}</vCard></iq>`;
const info = `<iq type='get' id='d' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`;
const hashes = `<field var='muc#roominfo_avatarhash'><value>${hash}</value></field>`;

it('is given by an owner, told to the room, described by its hash, and read by whoever may look', () => {
  const { stage, romeo, juliet } = garden();
  romeo.sends(vcard('set', photo));
  juliet.receives(`<message type='groupchat' from='${room}'><x><status code='104'/></x></message>`);
  romeo.receives('<message/>');
  romeo.receives(done);
  juliet.sends(info);
  juliet.receives(`<iq type='result'><query><feature var='vcard-temp'/><x>${hashes}</x></query></iq>`);
  juliet.sends(vcard('get'));
  juliet.receives(`<iq type='result'><vCard xmlns='vcard-temp'>${photo}</vCard></iq>`);
  const tybalt = stage.actor('tybalt@verona.lit/street');
  tybalt.sends(vcard('get'));
  tybalt.receives(refusal('iq', 'auth', 'forbidden'));
  configures(romeo, { 'muc#roomconfig_publicroom': '1' });
  tybalt.sends(vcard('get'));
  tybalt.receives(`<iq type='result'><vCard xmlns='vcard-temp'>${photo}</vCard></iq>`);
});

it('is taken away by an empty vCard', () => {
  const { romeo } = garden();
  romeo.sends(vcard('set', photo));
  romeo.sends(vcard('set'));
  romeo.ignoresAll();
  romeo.sends(info);
  expect(romeo.receives(`<iq type='result'/>`).toString()).not.toContain('avatarhash');
  romeo.sends(vcard('get'));
  expect(romeo.receives(`<iq type='result'/>`).getChild('vCard')?.children).toEqual([]);
});

it('is for owners to give, and not without limits', () => {
  const { romeo, juliet } = garden({ limits: { vcardSize: 200 } });
  juliet.sends(vcard('set', photo));
  juliet.receives(refusal('iq', 'auth', 'forbidden'));
  romeo.sends(vcard('set', `<NOTE>${'x'.repeat(200)}</NOTE>`));
  romeo.receives(refusal('iq', 'modify', 'policy-violation'));
  juliet.receivesNothing();
});
