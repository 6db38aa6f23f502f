import { afterEach, beforeEach, describe, it } from 'vitest';
import { Dialogue, type Actor } from '../testing/dialogue.js';

let stage: Dialogue;
let romeo: Actor;
let phone: Actor;
let tablet: Actor;
let juliet: Actor;

async function enable(client: Actor, how = 'enable'): Promise<void> {
  await client.sends(`<iq type='set' id='c'><${how} xmlns='urn:xmpp:carbons:2'/></iq>`);
  client.receives("<iq type='result' id='c'/>");
}

beforeEach(async () => {
  stage = await Dialogue.open();
  romeo = await (await stage.client('romeo', 'desk')).comesOnline(5);
  phone = await (await stage.client('romeo', 'phone')).comesOnline();
  tablet = await (await stage.client('romeo', 'tablet')).comesOnline();
  juliet = await (await stage.client('juliet', 'balcony')).comesOnline();
  await enable(romeo);
  await enable(phone);
});

afterEach(() => stage.close());

const copy = (how: 'sent' | 'received', to: Actor, message: string, type = 'chat') =>
  `<message type='${type}' from='${to.bare}' to='${to.jid}'><${how} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${message}</forwarded></${how}></message>`;

describe('carbons (XEP-0280)', () => {
  it('of what one client sends go to the others that want them', async () => {
    await romeo.sends(`<message id='1' type='chat' to='${juliet.jid}'><body>O</body></message>`);
    const message = `<message xmlns='jabber:client' id='1' type='chat' from='${romeo.jid}' to='${juliet.jid}'><body>O</body></message>`;
    phone.receives(copy('sent', phone, message));
    for (const actor of [romeo, phone, tablet]) actor.receivesNothing();
    juliet.receives(message);
    juliet.receivesNothing();
  });

  it('of what one client receives go to the others', async () => {
    await juliet.sends(`<message id='1' type='chat' to='${romeo.jid}'><body>R</body></message>`);
    const message = `<message xmlns='jabber:client' id='1' from='${juliet.jid}' to='${romeo.jid}'><body>R</body></message>`;
    romeo.receives(message);
    phone.receives(copy('received', phone, message));
    for (const actor of [romeo, phone, tablet]) actor.receivesNothing();
  });

  it('do not go to those who got the message itself', async () => {
    await phone.sends('<presence><priority>5</priority></presence>');
    stage.everybodyIgnoresAll();
    await juliet.sends(`<message id='1' type='chat' to='${romeo.bare}'><body>R</body></message>`);
    for (const actor of [romeo, phone]) {
      actor.receives("<message id='1'><body>R</body></message>");
      actor.receivesNothing();
    }
  });

  it('end when they are no longer wanted', async () => {
    await enable(phone, 'disable');
    await juliet.sends(`<message type='chat' to='${romeo.jid}'><body>R</body></message>`);
    phone.receivesNothing();
  });

  it('to oneself are made once', async () => {
    await tablet.sends(`<message id='1' type='chat' to='${romeo.jid}'><body>note</body></message>`);
    romeo.receives("<message id='1'/>");
    phone.receives(copy('received', phone, "<message id='1'/>"));
    for (const actor of [romeo, phone, tablet]) actor.receivesNothing();
  });

  it.each([
    ['chat without body', 'chat', "<active xmlns='http://jabber.org/protocol/chatstates'/>", true],
    ['normal with body', 'normal', '<body>x</body>', true],
    ['a receipt', 'normal', "<received xmlns='urn:xmpp:receipts' id='1'/>", true],
    ['a call', 'normal', "<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>", true],
    ['normal without anything for people', 'normal', "<x xmlns='urn:example'/>", false],
    ['headline', 'headline', '<body>x</body>', false],
    ['groupchat', 'groupchat', '<body>x</body>', false],
    ['a message with a hint (XEP-0334)', 'chat', "<body>x</body><no-copy xmlns='urn:xmpp:hints'/>", false],
    [
      'a room’s private message',
      'chat',
      "<body>x</body><x xmlns='http://jabber.org/protocol/muc#user'/>",
      false,
    ],
    ['an error of a full address', 'error', '<error/>', false],
  ])('%s', async (_, type, content, copied) => {
    await juliet.sends(`<message type='${type}' to='${romeo.jid}'>${content}</message>`);
    romeo.receives(`<message type='${type}'/>`);
    if (copied) phone.receives(copy('received', phone, `<message from='${juliet.jid}'/>`, type));
    phone.receivesNothing();
  });

  it('of what is private are not made on either side, and the mark goes no further', async () => {
    const other = await (await stage.client('juliet', 'chamber')).comesOnline(-1);
    await enable(other);
    stage.everybodyIgnoresAll();
    await romeo.sends(
      `<message type='chat' to='${juliet.jid}'><body>O</body><private xmlns='urn:xmpp:carbons:2'/></message>`,
    );
    const received = juliet.receives('<message><body>O</body></message>');
    if (received.getChild('private') !== undefined) throw new Error('the mark is still there');
    phone.receivesNothing();
    other.receivesNothing();
  });

  it('tell of a message that did not arrive', async () => {
    await romeo.sends("<message id='1' type='chat' to='nobody@verona.lit'><body>O</body></message>");
    phone.receives(copy('sent', phone, "<message id='1'/>"));
    romeo.receives("<message id='1' type='error'/>");
    phone.receives(copy('received', phone, "<message id='1' type='error'/>", 'error'));
  });
});
