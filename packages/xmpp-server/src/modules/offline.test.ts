import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configured } from '../host/module-set.js';
import { Dialogue, withModule, type Actor } from '../testing/dialogue.js';
import { offline } from './offline.js';

let stage: Dialogue;
let romeo: Actor;

beforeEach(async () => {
  stage = await Dialogue.open();
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
  await stage.account('juliet');
});

afterEach(() => stage.close());

const says = (text: string, more = '', to = 'juliet@verona.lit') =>
  romeo.sends(`<message id='${text}' type='chat' to='${to}'><body>${text}</body>${more}</message>`);

/** What Juliet finds when she comes online. */
async function found(priority = 0): Promise<string[]> {
  const juliet = await stage.client('juliet', 'balcony');
  await juliet.sends(`<presence><priority>${priority}</priority></presence>`);
  const messages = juliet.inbox.filter(({ name }) => name === 'message');
  juliet.ignoresAll();
  return messages.map((message) => String(message.attrs['id']));
}

const bounced = (id: string) =>
  `<message type='error' id='${id}'><error type='cancel'><service-unavailable/></error></message>`;

describe('messages to who is offline (XEP-0160)', () => {
  it('come with the next initial presence, in order, dated, and once', async () => {
    await says('1');
    await says('2', '', 'juliet@verona.lit/balcony');
    romeo.receivesNothing();
    const juliet = await stage.client('juliet', 'chamber');
    await juliet.sends('<presence/>');
    juliet.receives("<presence from='juliet@verona.lit/chamber'/>");
    juliet.receives(
      `<message id='1' from='${romeo.jid}' to='juliet@verona.lit' type='chat'><body>1</body><delay xmlns='urn:xmpp:delay' from='verona.lit'/></message>`,
    );
    juliet.receives("<message id='2' to='juliet@verona.lit/balcony'><body>2</body></message>");
    juliet.receivesNothing();
    expect(await found()).toEqual([]);
  });

  it('wait for a session that takes messages', async () => {
    await says('1');
    expect(await found(-1)).toEqual([]);
    await says('2');
    const late = await stage.client('juliet', 'late');
    await late.sends('<presence/>');
    expect(
      late.inbox.filter(({ name }) => name === 'message').map(({ attrs }) => String(attrs['id'])),
    ).toEqual(['1', '2']);
  });

  it('do not come again when a priority changes', async () => {
    const juliet = await (await stage.client('juliet', 'balcony')).comesOnline(1);
    await juliet.sends('<presence><priority>5</priority></presence>');
    await says('1');
    juliet.receives('<presence/>');
    juliet.receives("<message id='1'/>");
    juliet.receivesNothing();
  });

  it('that were under way when she came online are not lost', async () => {
    const sent = says('1');
    const juliet = await stage.client('juliet', 'balcony');
    await juliet.sends('<presence/>');
    await sent;
    expect(juliet.inbox.map(({ name }) => name)).toContain('message');
  });

  it.each([
    ['a body', '<body>x</body>', true],
    ['a subject', '<subject>x</subject>', true],
    ['something encrypted', "<encrypted xmlns='urn:xmpp:omemo:2'/>", true],
    ['an invitation', "<x xmlns='jabber:x:conference' jid='r@c'/>", true],
    [
      'a hint to keep it (XEP-0334)',
      "<received xmlns='urn:xmpp:receipts' id='1'/><store xmlns='urn:xmpp:hints'/>",
      true,
    ],
    ['a receipt', "<received xmlns='urn:xmpp:receipts' id='1'/>", false],
    ['a hint not to keep it', "<body>x</body><no-store xmlns='urn:xmpp:hints'/>", false],
    ['a hint not to keep it for long', "<body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/>", false],
  ])('with %s', async (_, content, kept) => {
    await romeo.sends(`<message id='1' to='juliet@verona.lit'>${content}</message>`);
    if (!kept) romeo.receives(bounced('1'));
    romeo.receivesNothing();
    expect(await found()).toEqual(kept ? ['1'] : []);
  });

  it('that say only that somebody is typing are forgotten without a word', async () => {
    await romeo.sends(
      "<message type='chat' to='juliet@verona.lit'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    );
    romeo.receivesNothing();
    expect(await found()).toEqual([]);
  });

  it('are refused for an account that does not exist', async () => {
    await says('1', '', 'nobody@verona.lit');
    romeo.receives(bounced('1'));
  });

  it('are refused when there are too many', async () => {
    stage.close();
    stage = await Dialogue.open(withModule(configured(offline, { maxMessages: 2, maxSize: 1000 })));
    romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
    await stage.account('juliet');
    await says('1');
    await says('long', `<x xmlns='urn:example'>${'x'.repeat(2000)}</x>`);
    romeo.receives(bounced('long'));
    await says('2');
    await says('3');
    romeo.receives(bounced('3'));
    romeo.receivesNothing();
    expect(await found()).toEqual(['1', '2']);
  });

  it('are not given to who reads them elsewhere, and go', async () => {
    await says('1');
    const release = stage.router.host('verona.lit')?.hooks.on('offline-messages-due', () => true);
    expect(await found()).toEqual([]);
    release?.();
    await (await stage.client('juliet', 'balcony')).vanishes();
    expect(await found()).toEqual([]);
  });

  it('go with the account', async () => {
    await says('1');
    await stage.removeAccount('juliet');
    await stage.account('juliet');
    expect(await found()).toEqual([]);
  });
});
