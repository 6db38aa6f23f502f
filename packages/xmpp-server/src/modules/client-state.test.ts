import fc from 'fast-check';
import { parse } from 'ltx';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeldStanzas } from '../session/held-stanzas.js';
import { Dialogue, type Actor } from '../testing/dialogue.js';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { domain, startTestServer } from '../testing/test-server.js';
import { canWait } from './client-state.js';

const csi = "xmlns='urn:xmpp:csi:0'";
let stage: Dialogue;
let romeo: Actor;
let juliet: Actor;

beforeEach(async () => {
  stage = await Dialogue.open();
  romeo = await (await stage.client('romeo', 'orchard')).comesOnline();
  juliet = await (await stage.client('juliet', 'balcony')).comesOnline();
});

afterEach(() => stage.close());

const says = (state: string): unknown => {
  const element = parse(`<${state} ${csi}/>`);
  return stage.router.host('verona.lit')?.hooks.emit('stream-element', { session: juliet.session, element });
};
const shows = (status: string): Promise<void> =>
  romeo.sends(`<presence to='${juliet.jid}'><status>${status}</status></presence>`);
const types = (): Promise<void> =>
  romeo.sends(
    `<message type='chat' to='${juliet.jid}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
  );
const speaks = (): Promise<void> =>
  romeo.sends(`<message type='chat' to='${juliet.jid}'><body>Hark</body></message>`);

describe('a client that is not looked at (XEP-0352)', () => {
  beforeEach(() => {
    expect(says('inactive')).toBe(true);
  });

  it('gets what can wait with what cannot, in order', async () => {
    await shows('1');
    await types();
    await shows('2');
    juliet.receivesNothing();
    await speaks();
    juliet.receives('<presence><status>1</status></presence>');
    juliet.receives('<message><composing/></message>');
    juliet.receives('<presence><status>2</status></presence>');
    juliet.receives('<message><body>Hark</body></message>');
    await shows('3');
    juliet.receivesNothing();
  });

  it('gets it when it is looked at again, and from then on at once', async () => {
    await shows('1');
    expect(says('active')).toBe(true);
    juliet.receives('<presence><status>1</status></presence>');
    await shows('2');
    juliet.receives('<presence><status>2</status></presence>');
  });

  it('gets it when it does something itself', async () => {
    await shows('1');
    await juliet.sends("<iq type='get' id='p' to='verona.lit'><ping xmlns='urn:xmpp:ping'/></iq>");
    juliet.receives('<presence><status>1</status></presence>');
    juliet.receives("<iq type='result' id='p'/>");
  });

  it('loses nothing with its connection (XEP-0198)', async () => {
    juliet.session.manage('id');
    await types();
    juliet.session.lose(juliet);
    expect(juliet.session.unacked).toHaveLength(1);
    expect(juliet.session.resume(juliet, 0)?.join('')).toContain('composing');
    await shows('1');
    juliet.receives('<message><composing/></message>');
    juliet.receives('<presence><status>1</status></presence>');
  });

  it('says nothing that is not understood', () => {
    expect(says('sleeping')).toBeUndefined();
  });
});

describe('what can wait', () => {
  it.each([
    ['presence', '<presence from="a"><show>away</show></presence>', true],
    ['that somebody goes', '<presence type="unavailable"/>', true],
    ['a request', '<presence type="subscribe"/>', false],
    ['an IQ', '<iq type="result"/>', false],
    ['a message', '<message type="chat"><body>x</body></message>', false],
    [
      'a message in a copy',
      '<message><sent><forwarded><message><body>x</body></message></forwarded></sent></message>',
      false,
    ],
    ['an encrypted message', '<message><encrypted xmlns="urn:xmpp:omemo:2"/></message>', false],
    ['a call', '<message><propose xmlns="urn:xmpp:jingle-message:0"/></message>', false],
    ['a headline', '<message type="headline"><body>x</body></message>', true],
    ['a receipt', '<message id="a" type="chat"><received xmlns="urn:xmpp:receipts"/></message>', true],
    ['words that look like markup', '<message><a>&lt;body&gt;</a></message>', true],
    ['an error', '<message type="error"><error/></message>', false],
    ['a type in the text only', '<message from="a"><body type="headline">x</body></message>', false],
  ])('%s: %s', (_, xml, waits) => {
    expect(canWait(xml)).toBe(waits);
  });
});

describe('what is held back', () => {
  it('keeps its order and its bounds', () => {
    const stanzas = fc.array(fc.record({ xml: fc.string({ maxLength: 20 }), waits: fc.boolean() }), {
      maxLength: 600,
    });
    fc.assert(
      fc.property(stanzas, (all) => {
        const waiting = new Map(all.map(({ xml, waits }) => [xml, waits]));
        const held = new HeldStanzas((xml) => waiting.get(xml) === true);
        const out: string[] = [];
        for (const [i, { xml }] of all.entries()) {
          out.push(...held.add(xml));
          expect(i + 1 - out.length).toBeLessThan(256);
        }
        out.push(...held.release());
        expect(out).toEqual(all.map(({ xml }) => xml));
      }),
    );
  });

  it('is not more than a little', () => {
    const held = new HeldStanzas(() => true);
    expect(held.add('x'.repeat(200_000))).toHaveLength(0);
    expect(held.add('x'.repeat(200_000))).toHaveLength(2);
  });
});

it('is offered on the stream, and heard there', async () => {
  await using test = await startTestServer();
  await test.server.accounts.register('alice', domain, 'wonderland');
  const client = await RawTcp.secured(test.server.ports.c2s);
  const credentials = Buffer.from('\0alice\0wonderland').toString('base64');
  client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${credentials}</auth>`);
  await client.until(/<success[^>]*>/);
  client.send(streamHeader());
  expect(await client.until(/<\/stream:features>/)).toContain('<csi xmlns="urn:xmpp:csi:0"/>');
  client.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
  await client.until(/<\/iq>/);
  client.send(`<inactive ${csi}/><presence/><iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>`);
  // The answer brings along what it overtook.
  expect(await client.until(/<iq[^>]*id="p"[^>]*>/)).toContain('<presence');
  client.send('<unheard-of xmlns="urn:x"/>');
  expect(await client.streamError()).toContain('unsupported-stanza-type');
});
