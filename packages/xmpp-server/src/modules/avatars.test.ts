import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Dialogue, type Actor } from '../testing/dialogue.js';

const ns = 'http://jabber.org/protocol/pubsub';
const picture = Buffer.from('a picture of Juliet');
const base64 = picture.toString('base64');
const hash = createHash('sha1').update(picture).digest('hex');

let stage: Dialogue;
let romeo: Actor;
let juliet: Actor;

beforeEach(async () => {
  stage = await Dialogue.open();
  romeo = await stage.client('romeo', 'orchard');
  juliet = await stage.client('juliet', 'balcony');
  await romeo.comesOnline();
});

afterEach(() => stage.close());

const iq = (type: string, payload: string, to = '') =>
  `<iq type='${type}' id='1' ${to === '' ? '' : `to='${to}'`}>${payload}</iq>`;
const photo = `<PHOTO><TYPE>image/jpeg</TYPE><BINVAL>${base64}</BINVAL></PHOTO>`;
const vcard = (fields: string) => `<vCard xmlns='vcard-temp'>${fields}</vCard>`;
const items = (node: string) => iq('get', `<pubsub xmlns='${ns}'><items node='${node}'/></pubsub>`);
const publish = (node: string, id: string, payload: string, open = false) =>
  iq(
    'set',
    `<pubsub xmlns='${ns}'><publish node='${node}'><item id='${id}'>${payload}</item></publish>${
      open
        ? `<publish-options><x xmlns='jabber:x:data' type='submit'>
            <field var='FORM_TYPE'><value>${ns}#publish-options</value></field>
            <field var='pubsub#access_model'><value>open</value></field></x></publish-options>`
        : ''
    }</pubsub>`,
  );
const metadata = (id: string) =>
  `<metadata xmlns='urn:xmpp:avatar:metadata'><info id='${id}' type='image/jpeg' bytes='${picture.length}'/></metadata>`;
const data = `<data xmlns='urn:xmpp:avatar:data'>${base64}</data>`;
const update = `<x xmlns='vcard-temp:x:update'><photo>${hash}</photo></x>`;

async function publishAvatar(open: boolean): Promise<void> {
  await juliet.sends(publish('urn:xmpp:avatar:data', hash, data, open));
  await juliet.sends(publish('urn:xmpp:avatar:metadata', hash, metadata(hash), open));
  juliet.ignoresAll();
}

describe('a picture in the vCard', () => {
  it('is published, and taken back with it', async () => {
    await juliet.sends(iq('set', vcard(`<FN>Juliet</FN>${photo}`)));
    juliet.ignoresAll();
    await juliet.sends(items('urn:xmpp:avatar:metadata'));
    juliet.receives(
      `<iq type='result'><pubsub><items><item id='${hash}'>${metadata(hash)}</item></items></pubsub></iq>`,
    );
    await juliet.sends(items('urn:xmpp:avatar:data'));
    juliet.receives(
      `<iq type='result'><pubsub><items><item id='${hash}'>${data}</item></items></pubsub></iq>`,
    );
    await juliet.sends(iq('set', vcard('<FN>Juliet</FN>')));
    juliet.ignoresAll();
    await juliet.sends(items('urn:xmpp:avatar:metadata'));
    const answer = juliet.receives(
      "<iq type='result'><pubsub><items><item><metadata/></item></items></pubsub></iq>",
    );
    expect(answer.toString()).not.toContain('<info');
  });

  it('stands in presence, broadcast and directed', async () => {
    await juliet.sends(iq('set', vcard(photo)));
    juliet.ignoresAll();
    await juliet.sends(`<presence to='${romeo.jid}'><show>away</show></presence>`);
    romeo.receives(`<presence from='${juliet.jid}'><show>away</show>${update}</presence>`);
    await juliet.sends('<presence/>');
    juliet.receives(`<presence>${update}</presence>`);
    await juliet.sends("<presence><x xmlns='vcard-temp:x:update'><photo>own</photo></x></presence>");
    const own = juliet.receives("<presence><x xmlns='vcard-temp:x:update'><photo>own</photo></x></presence>");
    expect(own.getChildren('x')).toHaveLength(1);
  });
});

it('is told of in presence when it changes, to those who see it, and when it goes', async () => {
  await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
  await juliet.sends(`<presence to='${romeo.bare}' type='subscribed'/>`);
  await juliet.sends('<presence><show>chat</show></presence>');
  stage.everybodyIgnoresAll();
  await juliet.sends(iq('set', vcard(photo)));
  romeo.receives(`<presence from='${juliet.jid}'><show>chat</show>${update}</presence>`);
  await juliet.sends(iq('set', vcard(photo)));
  romeo.receivesNothing();
  const late = await stage.client('romeo', 'late');
  await late.sends('<presence/>');
  expect(late.inbox.find(({ attrs }) => attrs['from'] === juliet.jid)?.toString()).toContain(hash);
  romeo.ignoresAll();
  await juliet.sends(iq('set', vcard('<FN>Juliet</FN>')));
  expect(String(romeo.receives('<presence><show>chat</show></presence>'))).not.toContain('x:update');
});

describe('a published picture', () => {
  it('is in the vCard for those who may read the node, and in presence if that is everybody', async () => {
    await publishAvatar(false);
    await juliet.sends(iq('get', vcard('')));
    juliet.receives(iq('result', vcard(photo)));
    await romeo.sends(iq('get', vcard(''), juliet.bare));
    romeo.receives("<iq type='error'><error><item-not-found/></error></iq>");
    await juliet.sends('<presence/>');
    expect(juliet.receives('<presence/>').toString()).not.toContain(hash);
  });

  it('is everybody’s when its nodes are open', async () => {
    await publishAvatar(true);
    await romeo.sends(iq('get', vcard(''), juliet.bare));
    romeo.receives(iq('result', vcard(photo)));
    await juliet.sends('<presence/>');
    juliet.receives(`<presence>${update}</presence>`);
  });

  it('takes the place of the one in the vCard', async () => {
    await juliet.sends(iq('set', vcard(`<FN>Juliet</FN><PHOTO><BINVAL>b2xk</BINVAL></PHOTO>`)));
    await publishAvatar(false);
    await romeo.sends(iq('get', vcard(''), juliet.bare));
    const answer = romeo.receives(iq('result', vcard('<FN>Juliet</FN>')));
    expect(answer.toString()).not.toContain('PHOTO');
  });

  it('that is not what its id says is not shown', async () => {
    await juliet.sends(publish('urn:xmpp:avatar:data', 'a'.repeat(40), data));
    await juliet.sends(publish('urn:xmpp:avatar:metadata', 'a'.repeat(40), metadata('a'.repeat(40))));
    juliet.ignoresAll();
    await juliet.sends(iq('get', vcard('')));
    expect(juliet.receives("<iq type='result'/>").toString()).not.toContain('PHOTO');
  });
});

it('shows a vCard4 to those who know only the older form (XEP-0292)', async () => {
  const fields = `<fn><text>Juliet</text></fn><n><surname>Capulet</surname><given>Juliet</given></n>
    <tel><uri>tel:+39-045</uri></tel><email><text>juliet@verona.lit</text></email>`;
  const card = `<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>${fields}</vcard>`;
  await juliet.sends(publish('urn:xmpp:vcard4', 'current', card, true));
  await romeo.sends(iq('get', vcard(''), juliet.bare));
  romeo.receives(
    iq(
      'result',
      vcard(`<FN>Juliet</FN><N><FAMILY>Capulet</FAMILY><GIVEN>Juliet</GIVEN></N>
        <TEL><NUMBER>+39-045</NUMBER></TEL><EMAIL><USERID>juliet@verona.lit</USERID></EMAIL>`),
    ),
  );
});
