import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configured } from '../host/module-set.js';
import { Dialogue, withModule, type Actor } from '../testing/dialogue.js';
import { roster } from './roster.js';

let stage: Dialogue;
let romeo: Actor;

beforeEach(async () => {
  stage = await Dialogue.open();
  romeo = await stage.client('romeo', 'orchard');
});

afterEach(() => stage.close());

const query = (items: string, attributes = '') =>
  `<query xmlns='jabber:iq:roster' ${attributes}>${items}</query>`;
const get = (attributes = '') => `<iq type='get' id='get'>${query('', attributes)}</iq>`;
const set = (items: string) => `<iq type='set' id='set'>${query(items)}</iq>`;
const refused = (condition: string, type: string) =>
  `<iq type='error' id='set'><error type='${type}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`;
const done = "<iq type='result' id='set'/>";

describe('a roster (RFC 6121 s.2)', () => {
  it('begins empty', async () => {
    await romeo.sends(get());
    const result = romeo.receives(`<iq type='result' id='get'>${query('')}</iq>`);
    expect(result.getChild('query')?.children).toEqual([]);
  });

  it('takes a contact, and shows it to the sessions that asked for the roster', async () => {
    const phone = await (await stage.client('romeo', 'phone')).asksForRoster();
    const deaf = await stage.client('romeo', 'deaf');
    await romeo.asksForRoster();
    const item = "<item jid='nurse@example.com' name='Nurse'><group>Servants</group></item>";
    await romeo.sends(set(item));
    const shown =
      "<item jid='nurse@example.com' name='Nurse' subscription='none'><group>Servants</group></item>";
    romeo.receives(`<iq type='set' to='${romeo.jid}'>${query(shown)}</iq>`);
    romeo.receives(done);
    phone.receives(`<iq type='set' to='${phone.jid}'>${query(shown)}</iq>`);
    deaf.receivesNothing();
    await deaf.sends(get());
    deaf.receives(`<iq type='result' id='get'>${query(shown)}</iq>`);
  });

  it('changes a contact, whose subscription is not the client’s to say', async () => {
    await romeo.sends(set("<item jid='nurse@example.com' name='Nurse'><group>Servants</group></item>"));
    await romeo.sends(
      set("<item jid='NURSE@example.com' subscription='both' ask='subscribe' approved='true'/>"),
    );
    romeo.ignoresAll();
    await romeo.sends(get());
    const result = romeo.receives(
      `<iq type='result'>${query("<item jid='nurse@example.com' subscription='none'/>")}</iq>`,
    );
    const item = result.getChild('query')?.getChild('item');
    expect(item?.attrs).toEqual({ jid: 'nurse@example.com', subscription: 'none' });
    expect(item?.children).toEqual([]);
  });

  it('removes a contact', async () => {
    await romeo.asksForRoster();
    await romeo.sends(set("<item jid='nurse@example.com'/>"));
    romeo.ignoresAll();
    await romeo.sends(set("<item jid='nurse@example.com' subscription='remove'/>"));
    romeo.receives(`<iq type='set'>${query("<item jid='nurse@example.com' subscription='remove'/>")}</iq>`);
    romeo.receives(done);
    await romeo.sends(get());
    const result = romeo.receives("<iq type='result' id='get'/>");
    expect(result.getChild('query')?.children).toEqual([]);
  });

  it('outlives the server', async () => {
    await romeo.sends(set("<item jid='nurse@example.com' name='Nurse'/>"));
    const { storage } = stage;
    stage.close();
    stage = await Dialogue.open(undefined, storage);
    romeo = await stage.client('romeo', 'orchard');
    await romeo.sends(get());
    romeo.receives(`<iq type='result'>${query("<item jid='nurse@example.com' name='Nurse'/>")}</iq>`);
  });

  describe('with versions (s.2.6)', () => {
    const version = async (): Promise<string> => {
      await romeo.sends(get("ver=''"));
      return String(romeo.receives("<iq type='result'/>").getChild('query')?.attrs['ver']);
    };

    it('is not sent to who has it', async () => {
      await romeo.sends(set("<item jid='nurse@example.com'/>"));
      romeo.ignoresAll();
      await romeo.sends(get(`ver='${await version()}'`));
      expect(romeo.receives("<iq type='result'/>").children).toEqual([]);
    });

    it('has a new one after every change, which the push says', async () => {
      await romeo.asksForRoster();
      const seen = new Set([await version()]);
      for (const change of ["name='1'", "name='2'", "name='1'", "subscription='remove'", "name='1'"]) {
        await romeo.sends(set(`<item jid='nurse@example.com' ${change}/>`));
        const pushed = String(romeo.receives("<iq type='set'/>").getChild('query')?.attrs['ver']);
        romeo.receives(done);
        expect(seen).not.toContain(pushed);
        expect(await version()).toBe(pushed);
        seen.add(pushed);
      }
    });
  });

  describe('refuses', () => {
    it.each([
      ['nothing', '', 'bad-request', 'modify'],
      ['two items', "<item jid='a@b.c'/><item jid='d@e.f'/>", 'bad-request', 'modify'],
      ['what is no item', "<group jid='a@b.c'/>", 'bad-request', 'modify'],
      ['an item without address', '<item/>', 'bad-request', 'modify'],
      ['a malformed address', "<item jid='a@@b'/>", 'bad-request', 'modify'],
      ['a full address', "<item jid='a@b.c/d'/>", 'bad-request', 'modify'],
      [
        'the same group twice',
        "<item jid='a@b.c'><group>x</group><group>x</group></item>",
        'bad-request',
        'modify',
      ],
      ['an empty group', "<item jid='a@b.c'><group/></item>", 'not-acceptable', 'modify'],
      [
        'a long group',
        `<item jid='a@b.c'><group>${'x'.repeat(257)}</group></item>`,
        'not-acceptable',
        'modify',
      ],
      ['a long name', `<item jid='a@b.c' name='${'x'.repeat(257)}'/>`, 'not-acceptable', 'modify'],
      [
        'too many groups',
        `<item jid='a@b.c'>${Array.from({ length: 33 }, (_, i) => `<group>${i}</group>`).join('')}</item>`,
        'not-acceptable',
        'modify',
      ],
      ['oneself', "<item jid='romeo@verona.lit'/>", 'not-allowed', 'cancel'],
      [
        'to remove whom it does not have',
        "<item jid='a@b.c' subscription='remove'/>",
        'item-not-found',
        'cancel',
      ],
    ])('%s', async (_, items, condition, type) => {
      await romeo.asksForRoster();
      await romeo.sends(set(items));
      romeo.receives(refused(condition, type));
      romeo.receivesNothing();
    });

    it.each(['get', 'set'])('a %s of others, whether they exist or not', async (type) => {
      await stage.account('juliet');
      for (const other of ['juliet', 'nobody']) {
        const to = `${other}@verona.lit`;
        await romeo.sends(`<iq type='${type}' id='set' to='${to}'>${query("<item jid='a@b.c'/>")}</iq>`);
        romeo.receives(refused('forbidden', 'auth'));
      }
    });

    it('more contacts than it holds', async () => {
      stage.close();
      stage = await Dialogue.open(withModule(configured(roster, { maxContacts: 2 })));
      romeo = await stage.client('romeo', 'orchard');
      for (const name of ['a', 'b']) await romeo.sends(set(`<item jid='${name}@b.c'/>`));
      romeo.ignoresAll();
      await romeo.sends(set("<item jid='c@b.c'/>"));
      romeo.receives(refused('resource-constraint', 'wait'));
      await romeo.sends(set("<item jid='a@b.c' name='Known'/>"));
      romeo.receives(done);
    });
  });

  it('is never taken for empty when it cannot be read', async () => {
    const stored = stage.storage.keyval('verona.lit', 'roster', z.unknown());
    await stage.account('tybalt');
    await stored.set('tybalt', { broken: true });
    const tybalt = await stage.client('tybalt', 'street');
    await tybalt.sends(set("<item jid='nurse@example.com'/>"));
    tybalt.receives(refused('internal-server-error', 'cancel'));
    await tybalt.sends("<presence to='nurse@example.com' type='subscribe'/>");
    expect(await stored.get('tybalt')).toEqual({ broken: true });
  });

  it('does not come back with an account of the same name', async () => {
    await romeo.sends(set("<item jid='nurse@example.com'/>"));
    await stage.removeAccount('romeo');
    romeo = await stage.client('romeo', 'orchard');
    await romeo.sends(get());
    expect(romeo.receives("<iq type='result'/>").getChild('query')?.children).toEqual([]);
  });
});
