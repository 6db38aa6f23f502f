/** Archives as a whole (XEP-0313). */
import { makeJid, parseJid } from '@conclave/signaling';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { enter, juliet, namespace, says, stage } from '../testing/archive-scene.js';

beforeEach(() => enter());
afterEach(() => stage.close());

it('is what service discovery tells of accounts (XEP-0313 s.8)', async () => {
  await juliet.sends("<iq type='get' id='d'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
  juliet.receives(
    `<iq type='result'><query><feature var='${namespace}'/><feature var='${namespace}#extended'/><feature var='urn:xmpp:sid:0'/></query></iq>`,
  );
});

it('makes no difference to order: what waits for preferences waits in line', async () => {
  await stage.account('nurse');
  const nurse = stage.stranger(makeJid('nurse', 'verona.lit', 'hall').toString());
  expect(parseJid(nurse.jid).local).toBe('nurse');
  await nurse.sends('<presence/>');
  nurse.ignoresAll();
  for (const text of '123') void says(text, '', 'nurse@verona.lit');
  await stage.settles();
  await stage.settles();
  expect(nurse.inbox.map(({ attrs }) => String(attrs['id'])).join('')).toBe('123');
});
