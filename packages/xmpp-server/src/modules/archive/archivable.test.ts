/** What of all that is said is archived, and under which id (XEP-0313 s.5.1, XEP-0359). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redeliver } from '../../session/redelivery.js';
import { timeOf } from '../../storage/time-ordered-id.js';
import { type Actor } from '../../testing/dialogue.js';
import { asks, enter, juliet, romeo, says, stage } from '../../testing/archive-scene.js';

beforeEach(() => enter());
afterEach(() => stage.close());

describe('what is archived (XEP-0313 s.5.1)', () => {
  it('is what an account sends and receives, with the id that it was delivered with', async () => {
    await says('1');
    const delivered = juliet.receives("<message id='1'><body>1</body></message>");
    const stableId = delivered.getChild('stanza-id', 'urn:xmpp:sid:0');
    expect(stableId?.attrs['by']).toBe('juliet@verona.lit');
    const hers = await asks(juliet);
    expect(hers.ids).toEqual([stableId?.attrs['id']]);
    const [result] = hers.results;
    const message = result?.getChild('forwarded', 'urn:xmpp:forward:0')?.getChild('message', 'jabber:client');
    expect(message?.attrs).toMatchObject({ from: romeo.jid, to: 'juliet@verona.lit', type: 'chat', id: '1' });
    const stamp = String(result?.getChild('forwarded')?.getChild('delay', 'urn:xmpp:delay')?.attrs['stamp']);
    expect(Date.parse(stamp)).toBe(timeOf(String(stableId?.attrs['id'])));

    const his = await asks(romeo);
    expect(his.found).toBe('1');
    expect(his.ids).not.toEqual(hers.ids);
  });

  it('is what came while nobody was there, too', async () => {
    await stage.account('nurse');
    await says('1', '', 'nurse@verona.lit');
    await says('2', '', 'nurse@verona.lit/kitchen');
    const nurse = await stage.client('nurse', 'hall');
    await nurse.sends('<presence/>');
    const messages = nurse.inbox.filter(({ name }) => name === 'message');
    const { found, ids } = await asks(nurse);
    expect(found).toBe('12');
    expect(messages.map((message) => String(message.getChild('stanza-id')?.attrs['id']))).toEqual(ids);
  });

  it('spares who reads it what was kept for those who do not (XEP-0160)', async () => {
    await stage.account('nurse');
    await says('1', '', 'nurse@verona.lit');
    const nurse = await stage.client('nurse', 'hall');
    expect((await asks(nurse)).found).toBe('1');
    await nurse.sends('<presence/>');
    nurse.receives('<presence/>');
    nurse.receivesNothing();
  });

  it.each([
    ['a body', '<body>x</body>', true],
    ['an encrypted text', "<encrypted xmlns='urn:xmpp:omemo:2'/>", true],
    ['a receipt', "<received xmlns='urn:xmpp:receipts' id='1'/>", true],
    ['a marker', "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>", true],
    ['an invitation', "<x xmlns='jabber:x:conference' jid='a@b'/>", true],
    ['a call', "<propose xmlns='urn:xmpp:jingle-message:0' id='a'/>", true],
    ['what is to be stored', "<a xmlns='b'/><store xmlns='urn:xmpp:hints'/>", true],
    ['what is not to be stored', "<body>x</body><no-store xmlns='urn:xmpp:hints'/>", false],
    [
      'what is not to be stored for long',
      "<body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/>",
      false,
    ],
    [
      'what must not be, rather than what is to be',
      "<body>x</body><store xmlns='urn:xmpp:hints'/><no-store xmlns='urn:xmpp:hints'/>",
      false,
    ],
    ['that somebody is typing', "<composing xmlns='http://jabber.org/protocol/chatstates'/>", false],
    ['nothing at all', '', false],
    ['an unknown thing', "<a xmlns='b'/>", false],
  ])('%s: %s', async (_, inside, archived) => {
    await romeo.sends(`<message type='chat' id='1' to='juliet@verona.lit'>${inside}</message>`);
    expect((await asks(juliet)).found).toBe(archived ? '1' : '');
    expect((await asks(romeo)).found).toBe(archived ? '1' : '');
  });

  it.each([
    ['normal', true],
    ['headline', false],
    ['groupchat', false],
  ])('a message of type %s: %s', async (type, archived) => {
    await says('1', '', 'juliet@verona.lit', type);
    expect((await asks(juliet)).found).toBe(archived ? '1' : '');
  });

  it('is an error only where it says what became of a message', async () => {
    await says('1', "<no-store xmlns='urn:xmpp:hints'/>", 'juliet@verona.lit', 'error');
    await romeo.sends(`<message type='error' id='2' to='${juliet.jid}'><body>x</body></message>`);
    expect((await asks(juliet)).found).toBe('2');
    expect((await asks(romeo)).found).toBe('');
  });

  it('is without what was of interest at the moment only', async () => {
    await says('1', "<active xmlns='http://jabber.org/protocol/chatstates'/>");
    juliet.receives("<message><active xmlns='http://jabber.org/protocol/chatstates'/></message>");
    expect((await asks(juliet)).results[0]?.toString()).not.toContain('chatstates');
  });

  it('is kept once when somebody writes to himself', async () => {
    await says('1', '', 'romeo@verona.lit');
    expect((await asks(romeo)).found).toBe('1');
  });

  it('is kept once when a message has to go its way again (XEP-0198)', async () => {
    juliet.session.manage(undefined);
    await says('1');
    await juliet.vanishes();
    redeliver(juliet.session, stage.router);
    await stage.settles();
    const later = await stage.client('juliet', 'later');
    await later.sends('<presence/>');
    const message = later.inbox.find(({ name }) => name === 'message');
    const { found, ids } = await asks(later);
    expect(found).toBe('1');
    expect(message?.getChildren('stanza-id').map(({ attrs }) => String(attrs['id']))).toEqual(ids);
  });

  it('is nothing that is too large', async () => {
    stage.close();
    await enter({ maxItemSize: 1000 });
    await says('1', 'x'.repeat(1000));
    juliet.receives("<message id='1'/>");
    expect((await asks(juliet)).found).toBe('');
  });

  it('is nothing of accounts that do not exist, or no longer do', async () => {
    const storage = stage.storage;
    await says('1', '', 'nobody@verona.lit');
    expect(await storage.archive('verona.lit', 'archive').users()).toEqual(['romeo']);
    await says('2');
    await stage.removeAccount('juliet');
    expect(await storage.archive('verona.lit', 'archive').users()).toEqual(['romeo']);
  });

  it('is not what somebody said who is blocked', async () => {
    await juliet.sends(
      "<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='romeo@verona.lit'/></block></iq>",
    );
    await says('1');
    expect((await asks(juliet)).found).toBe('');
  });
});

describe('stable ids (XEP-0359)', () => {
  const forged = (by: string) => `<stanza-id xmlns='urn:xmpp:sid:0' by='${by}' id='forged'/>`;

  it('are given by the own server only', async () => {
    await says('1', `${forged('juliet@verona.lit')}${forged('JULIET@verona.lit')}${forged('elsewhere.lit')}`);
    const message = juliet.receives("<message id='1'/>");
    const ids = message.getChildren('stanza-id').map(({ attrs }) => String(attrs['by']));
    expect(ids.sort()).toEqual(['elsewhere.lit', 'juliet@verona.lit']);
    expect(message.getChildrenByAttr('id', 'forged', 'urn:xmpp:sid:0')).toHaveLength(1);
  });

  it('are not given to what is not archived, nor left there', async () => {
    await says('1', `${forged('juliet@verona.lit')}<no-store xmlns='urn:xmpp:hints'/>`);
    expect(juliet.receives("<message id='1'/>").getChild('stanza-id')).toBeUndefined();
  });

  it('are the same for all clients of the account', async () => {
    const chamber = await (await stage.client('juliet', 'chamber')).comesOnline();
    await says('1');
    const idOf = (actor: Actor): unknown =>
      actor.receives("<message id='1'/>").getChild('stanza-id')?.attrs['id'];
    expect(idOf(juliet)).toBe(idOf(chamber));
  });

  it('leave a message private that is to be (XEP-0280)', async () => {
    const chamber = await (await stage.client('juliet', 'chamber')).comesOnline();
    await chamber.sends("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    chamber.ignoresAll();
    await says('1', "<private xmlns='urn:xmpp:carbons:2'/>", juliet.jid);
    juliet.receives("<message id='1'/>");
    chamber.receivesNothing();
  });
});
