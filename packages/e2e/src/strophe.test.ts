/** Strophe.js 1.5, the library under lib-jitsi-meet, over WebSocket and over BOSH, where answers also get lost on the way. */
import { $pres } from 'strophe.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from './harness/instance.js';
import { type LossyProxy, startLossyProxy } from './harness/lossy-proxy.js';
import { StropheClient } from './harness/strophe-client.js';

const password = 'correct horse';
const users = ['ann', 'bob'];
let instance: Instance;
let proxy: LossyProxy;
const open = new Set<StropheClient>();

beforeAll(async () => {
  instance = await startInstance();
  proxy = await startLossyProxy(instance.url);
  for (const user of users) {
    const ran = await instance.conclavectl('register', user, instance.domain, password);
    expect(ran).toMatchObject({ code: 0 });
  }
});

afterAll(async () => {
  proxy.stop();
  await instance.stop();
});

afterEach(async () => {
  await Promise.all([...open].map((client) => client.close()));
  open.clear();
});

const urls = {
  WebSocket: () => `${instance.url.replace('http', 'ws')}/xmpp-websocket`,
  BOSH: () => `${instance.url}/http-bind`,
  'BOSH through a proxy': () => `${proxy.url}/http-bind`,
};

async function login(url: string, user: string | undefined, secret: string | undefined = password) {
  const { domain } = instance;
  const client = await (user === undefined
    ? StropheClient.connect(url, `guest.${domain}`)
    : StropheClient.connect(url, `${user}@${domain}`, secret));
  open.add(client);
  return client;
}

/** With presence, so that messages come. */
async function available(url: string, user: string): Promise<StropheClient> {
  const client = await login(url, user);
  client.send($pres());
  await client.next((stanza) => stanza.tagName === 'presence' && stanza.getAttribute('from') === client.jid);
  return client;
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `number ${i}`);

describe.each(['WebSocket', 'BOSH'] as const)('Strophe.js over %s', (transport) => {
  const url = urls[transport];

  it('logs in with a password, and as a guest; with a wrong password it does not', async () => {
    expect((await login(url(), 'ann')).jid).toMatch(new RegExp(`^ann@${instance.domain}/.+`));
    expect((await login(url(), undefined)).jid).toMatch(
      new RegExp(`^[0-9a-f-]+@guest.${instance.domain}/.+`),
    );
    await expect(login(url(), 'ann', 'wrong')).rejects.toThrow('refused');
  });

  it('meets others in a room, where everybody hears the same in the same order', async () => {
    const [ann, bob, guest] = [
      await login(url(), 'ann'),
      await login(url(), 'bob'),
      await login(url(), undefined),
    ];
    const room = `strophe-${transport.toLowerCase()}@conference.${instance.domain}`;
    await ann.enter(room, 'Ann');
    await bob.enter(room, 'Bob');
    await guest.enter(room, 'Guest');
    for (const body of numbered(20)) (body.endsWith('3') ? bob : ann).say(room, 'groupchat', body);
    const heard = await ann.bodies(20);
    expect(heard.toSorted()).toEqual(numbered(20).toSorted());
    expect(await bob.bodies(20)).toEqual(heard);
    expect(await guest.bodies(20)).toEqual(heard);
  });

  it('is answered at once, however long a request would be held', async () => {
    const [ann, bob] = [await available(url(), 'ann'), await available(url(), 'bob')];
    const began = performance.now();
    const pings = numbered(10).map(() => ann.ping(instance.domain));
    for (const body of numbered(30)) bob.say(ann.jid, 'chat', body);
    await Promise.all(pings);
    expect(await ann.bodies(30)).toEqual(numbered(30));
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('Strophe.js over BOSH, when answers are lost', () => {
  it('gets each of them once, in order, and stays who it was', async () => {
    const url = urls['BOSH through a proxy']();
    const [ann, bob] = [await available(url, 'ann'), await available(urls.WebSocket(), 'bob')];
    const { jid } = ann;
    proxy.lose(1);
    for (const body of numbered(3)) bob.say(jid, 'chat', body);
    expect(await ann.bodies(3)).toEqual(numbered(3));
    proxy.lose(1);
    ann.say(bob.jid, 'chat', 'said once');
    expect(await bob.bodies(1)).toEqual(['said once']);
    expect(await ann.ping(instance.domain)).toBeDefined();
    ann.say(bob.jid, 'chat', 'said later');
    expect(await bob.bodies(1)).toEqual(['said later']);
    expect(ann.jid).toBe(jid);
    expect(proxy.lost).toBe(2);
  });
});
