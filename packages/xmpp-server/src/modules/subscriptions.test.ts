import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configured } from '../host/module-set.js';
import { Dialogue, withModule, type Actor } from '../testing/dialogue.js';
import { subscriptions } from './subscriptions.js';

let stage: Dialogue;
let romeo: Actor;
let juliet: Actor;

async function enter(): Promise<void> {
  romeo = await (await stage.client('romeo', 'orchard')).asksForRoster();
  juliet = await (await stage.client('juliet', 'balcony')).asksForRoster();
  await romeo.comesOnline();
  await juliet.comesOnline();
}

beforeEach(async () => {
  stage = await Dialogue.open();
  await enter();
});

afterEach(() => stage.close());

const item = (jid: string, attributes: string) =>
  `<iq type='set'><query xmlns='jabber:iq:roster'><item jid='${jid}' ${attributes}/></query></iq>`;

async function befriend(): Promise<void> {
  await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
  await juliet.sends(`<presence to='${romeo.bare}' type='subscribed'/>`);
  await juliet.sends(`<presence to='${romeo.bare}' type='subscribe'/>`);
  await romeo.sends(`<presence to='${juliet.bare}' type='subscribed'/>`);
  stage.everybodyIgnoresAll();
}

describe('a subscription (RFC 6121 s.3)', () => {
  it('is asked for, granted and returned', async () => {
    await romeo.sends(
      `<presence id='1' to='${juliet.jid}' type='subscribe'><status>Wherefore</status></presence>`,
    );
    romeo.receives(item(juliet.bare, "subscription='none' ask='subscribe'"));
    romeo.receivesNothing();
    juliet.receives(
      `<presence id='1' type='subscribe' from='${romeo.bare}' to='${juliet.bare}'><status>Wherefore</status></presence>`,
    );
    juliet.receivesNothing();

    await juliet.sends(`<presence to='${romeo.bare}' type='subscribed'/>`);
    juliet.receives(item(romeo.bare, "subscription='from'"));
    romeo.receives(`<presence type='subscribed' from='${juliet.bare}' to='${romeo.bare}'/>`);
    romeo.receives(item(juliet.bare, "subscription='to'"));
    romeo.receives(
      `<presence from='${juliet.jid}' to='${romeo.bare}'><delay xmlns='urn:xmpp:delay'/></presence>`,
    );
    romeo.receivesNothing();

    await juliet.sends(`<presence to='${romeo.bare}' type='subscribe'/>`);
    await romeo.sends(`<presence to='${juliet.bare}' type='subscribed'/>`);
    romeo.receives(`<presence type='subscribe' from='${juliet.bare}'/>`);
    romeo.receives(item(juliet.bare, "subscription='both'"));
    juliet.receives(item(romeo.bare, "subscription='from' ask='subscribe'"));
    juliet.receives(`<presence type='subscribed' from='${romeo.bare}'/>`);
    juliet.receives(item(romeo.bare, "subscription='both'"));
    juliet.receives(`<presence from='${romeo.jid}'/>`);
  });

  it('is refused', async () => {
    await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
    stage.everybodyIgnoresAll();
    await juliet.sends(`<presence to='${romeo.bare}' type='unsubscribed'/>`);
    juliet.receivesNothing();
    romeo.receives(`<presence type='unsubscribed' from='${juliet.bare}'/>`);
    romeo.receives(item(juliet.bare, "subscription='none'"));
    romeo.receivesNothing();
  });

  it('is withdrawn by who sees', async () => {
    await befriend();
    await romeo.sends(`<presence to='${juliet.bare}' type='unsubscribe'/>`);
    romeo.receives(item(juliet.bare, "subscription='from'"));
    romeo.receives(`<presence type='unavailable' from='${juliet.jid}'/>`);
    juliet.receives(`<presence type='unsubscribe' from='${romeo.bare}'/>`);
    juliet.receives(item(romeo.bare, "subscription='to'"));
    juliet.receivesNothing();
  });

  it('is withdrawn by who is seen', async () => {
    await befriend();
    await juliet.sends(`<presence to='${romeo.bare}' type='unsubscribed'/>`);
    juliet.receives(item(romeo.bare, "subscription='to'"));
    romeo.receives(`<presence type='unsubscribed' from='${juliet.bare}'/>`);
    romeo.receives(item(juliet.bare, "subscription='from'"));
    romeo.receives(`<presence type='unavailable' from='${juliet.jid}'/>`);
    romeo.receivesNothing();
  });

  it('ends in both directions when a contact is removed', async () => {
    await befriend();
    await romeo.sends(
      `<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='${juliet.bare}' subscription='remove'/></query></iq>`,
    );
    juliet.receivesAll(
      `<presence type='unsubscribe' from='${romeo.bare}'/>`,
      item(romeo.bare, "subscription='to'"),
      `<presence type='unsubscribed' from='${romeo.bare}'/>`,
      item(romeo.bare, "subscription='none'"),
      `<presence type='unavailable' from='${romeo.jid}'/>`,
    );
    romeo.receivesAll(
      item(juliet.bare, "subscription='remove'"),
      `<presence type='unavailable' from='${juliet.jid}'/>`,
      "<iq type='result' id='1'/>",
    );
  });

  it('ends for the contacts of an account that is removed, who see it leave', async () => {
    await befriend();
    await stage.removeAccount('romeo');
    juliet.receivesAll(
      `<presence type='unavailable' from='${romeo.jid}'/>`,
      `<presence type='unsubscribe' from='${romeo.bare}'/>`,
      item(romeo.bare, "subscription='to'"),
      `<presence type='unsubscribed' from='${romeo.bare}'/>`,
      item(romeo.bare, "subscription='none'"),
    );
  });

  it('is nothing to have with oneself', async () => {
    await romeo.sends(`<presence to='${romeo.bare}' type='subscribe'/>`);
    romeo.receivesNothing();
  });

  it('cannot be made up by the other side', async () => {
    for (const type of ['subscribed', 'unsubscribed', 'unsubscribe']) {
      await romeo.sends(`<presence to='${juliet.bare}' type='${type}'/>`);
    }
    juliet.receivesNothing();
    romeo.ignoresAll();
    await juliet.sends('<presence><status>Alone</status></presence>');
    romeo.receivesNothing();
  });

  it('is granted again, without asking, to who has it', async () => {
    await befriend();
    await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
    juliet.receivesNothing();
    // The grant changes nothing for Romeo's roster, which swallows it.
    romeo.receives(`<presence from='${juliet.jid}'/>`);
    romeo.receivesNothing();
  });
});

describe('a request', () => {
  it('waits whole for a contact who is not there, and again until it is answered', async () => {
    await juliet.sends("<presence type='unavailable'/>");
    juliet.ignoresAll();
    await romeo.sends(
      `<presence id='x' to='${juliet.bare}' type='subscribe'><nick xmlns='http://jabber.org/protocol/nick'>R</nick></presence>`,
    );
    juliet.receivesNothing();
    const request = `<presence id='x' type='subscribe' from='${romeo.bare}'><nick xmlns='http://jabber.org/protocol/nick'>R</nick></presence>`;
    for (const resource of ['balcony', 'chamber']) {
      const client = await stage.client('juliet', resource);
      await client.sends('<presence/>');
      expect(client.inbox.map(({ attrs }) => String(attrs['type']))).toContain('subscribe');
      client.inbox.splice(
        0,
        client.inbox.findIndex(({ attrs }) => attrs['type'] === 'subscribe'),
      );
      client.receives(request);
    }
    await juliet.sends(`<presence to='${romeo.bare}' type='unsubscribed'/>`);
    const late = await stage.client('juliet', 'late');
    await late.sends('<presence/>');
    expect(late.inbox.map(({ attrs }) => String(attrs['type']))).not.toContain('subscribe');
  });

  it('is not shown in the roster of who is asked', async () => {
    await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
    juliet.ignoresAll();
    await juliet.sends("<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>");
    expect(juliet.receives("<iq type='result'/>").getChild('query')?.children).toEqual([]);
  });

  it('is not undone by asking for the presence meanwhile', async () => {
    await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
    stage.everybodyIgnoresAll();
    await romeo.sends(`<presence to='${juliet.bare}' type='probe'/>`);
    romeo.receivesNothing();
    await juliet.sends(`<presence to='${romeo.bare}' type='subscribed'/>`);
    romeo.receives(`<presence type='subscribed' from='${juliet.bare}'/>`);
  });

  it('is kept without its contents when they are long', async () => {
    await juliet.sends("<presence type='unavailable'/>");
    await romeo.sends(
      `<presence to='${juliet.bare}' type='subscribe'><status>${'x'.repeat(9000)}</status></presence>`,
    );
    const late = await stage.client('juliet', 'late');
    await late.sends('<presence/>');
    const request = late.inbox.find(({ attrs }) => attrs['type'] === 'subscribe');
    expect(request?.children).toEqual([]);
  });

  it('to an account that does not exist is as one that is not answered', async () => {
    await romeo.sends("<presence to='nobody@verona.lit' type='subscribe'/>");
    romeo.receives(item('nobody@verona.lit', "ask='subscribe'"));
    romeo.receivesNothing();
    expect(await stage.storage.keyval('verona.lit', 'roster', z.unknown()).users()).toEqual(['romeo']);
  });

  it('is one too many, for who asks and for who is asked', async () => {
    stage.close();
    stage = await Dialogue.open(withModule(configured(subscriptions, { maxContacts: 1 })));
    await enter();
    await romeo.sends(`<presence to='nurse@example.com' type='subscribe'/>`);
    stage.everybodyIgnoresAll();
    await romeo.sends(`<presence id='2' to='${juliet.bare}' type='subscribe'/>`);
    romeo.receives(
      "<presence id='2' type='error'><error type='wait'><resource-constraint/></error></presence>",
    );
    const tybalt = await (await stage.client('tybalt', 'street')).comesOnline();
    await tybalt.sends(`<presence to='${romeo.bare}' type='subscribe'/>`);
    romeo.receivesNothing();
  });
});

it('is not asked for by more strangers than an account can stand', async () => {
  stage.close();
  stage = await Dialogue.open(withModule(configured(subscriptions, { maxRequests: 2 })));
  await enter();
  for (const name of ['a', 'b', 'c']) {
    await stage
      .stranger(`${name}@guest.verona.lit/x`)
      .sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
  }
  juliet.receives("<presence type='subscribe' from='a@guest.verona.lit'/>");
  juliet.receives("<presence type='subscribe' from='b@guest.verona.lit'/>");
  juliet.receivesNothing();
  await juliet.sends("<presence type='subscribed' to='a@guest.verona.lit'/>");
  juliet.ignoresAll();
  await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
  juliet.receives(`<presence type='subscribe' from='${romeo.bare}'/>`);
});

describe('pre-approval (s.3.4)', () => {
  it('grants the request that comes later', async () => {
    await juliet.sends(`<presence to='${romeo.bare}' type='subscribed'/>`);
    juliet.receives(item(romeo.bare, "subscription='none' approved='true'"));
    romeo.receivesNothing();
    await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
    const pushed = juliet.receives(item(romeo.bare, "subscription='from'"));
    expect(pushed.getChild('query')?.getChild('item')?.attrs).not.toHaveProperty('approved');
    juliet.receivesNothing();
    romeo.receives(item(juliet.bare, "ask='subscribe'"));
    romeo.receives(`<presence type='subscribed' from='${juliet.bare}'/>`);
    romeo.receives(item(juliet.bare, "subscription='to'"));
    romeo.receives(`<presence from='${juliet.jid}'/>`);
  });

  it('stays when the contact is renamed, and is cancelled by unsubscribed', async () => {
    await juliet.sends(`<presence to='${romeo.bare}' type='subscribed'/>`);
    juliet.ignoresAll();
    await juliet.sends(
      `<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='${romeo.bare}' name='R'/></query></iq>`,
    );
    juliet.receives(item(romeo.bare, "name='R' approved='true'"));
    juliet.ignoresAll();
    await juliet.sends(`<presence to='${romeo.bare}' type='unsubscribed'/>`);
    juliet.receives(item(romeo.bare, "name='R' subscription='none'"));
    await romeo.sends(`<presence to='${juliet.bare}' type='subscribe'/>`);
    juliet.receives(`<presence type='subscribe' from='${romeo.bare}'/>`);
  });

  it('is offered with the roster’s versions', () => {
    const features = stage.router.host('verona.lit')?.streamFeatures.xml();
    expect(features).toContain('<ver xmlns="urn:xmpp:features:rosterver"/>');
    expect(features).toContain('<sub xmlns="urn:xmpp:features:pre-approval"/>');
  });
});
