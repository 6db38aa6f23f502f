/** A page at `/<tenant>/<room>` leads to a conference of that tenant, by what /config.js says there, as Jitsi's clients read it. */
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from './harness/instance.js';
import { TestClient } from './harness/xmpp-client.js';

const password = 'correct horse';
let instance: Instance;
const clients: TestClient[] = [];

beforeAll(async () => {
  instance = await startInstance();
  expect(await instance.conclavectl('register', 'ann', instance.domain, password)).toMatchObject({ code: 0 });
});
afterAll(async () => {
  for (const client of clients) await client.stop();
  await instance.stop();
});

interface ClientConfig {
  readonly hosts: { readonly muc: string };
  readonly websocket: string;
}

/** What a page is told at that path. */
async function configAt(path: string): Promise<ClientConfig> {
  const page = await fetch(new URL(path, instance.url));
  expect(await page.text()).toContain('/config.js');
  const script = await (await fetch(new URL('/config.js', instance.url))).text();
  const context = { location: { origin: instance.url, pathname: path }, config: undefined as unknown };
  runInNewContext(script, context);
  return context.config as ClientConfig;
}

describe('a conference of a tenant', { timeout: 60_000 }, () => {
  it('is opened, entered, and served with media, apart from others of that name', async () => {
    const { hosts, websocket } = await configAt('/acme/standup');
    expect(hosts.muc).toBe(`conference.acme.${instance.domain}`);
    const path = `${new URL(websocket).pathname}?room=standup`;
    const [host, guest, stranger] = await Promise.all([
      TestClient.host(instance, 'ann', password, path),
      TestClient.guest(instance, path),
      TestClient.guest(instance, '/umbrella/xmpp-websocket?room=standup'),
    ]);
    clients.push(host, guest, stranger);
    const room = `standup@${hosts.muc}`;
    const others = `standup@conference.umbrella.${instance.domain}`;

    expect((await guest.request(instance, { room, machineUid: 'g' })).error?.condition).toBe(
      'not-authorized',
    );
    expect((await host.request(instance, { room, machineUid: 'a' })).response).toMatchObject({
      room,
      ready: true,
    });
    expect((await guest.request(instance, { room, machineUid: 'g' })).response).toMatchObject({
      ready: true,
    });
    // That it is open is so for its own tenant only, and not for those without one.
    for (const elsewhere of [others, `standup@conference.${instance.domain}`]) {
      const { error } = await stranger.request(instance, { room: elsewhere, machineUid: 's' });
      expect(error?.condition).toBe('not-authorized');
    }

    for (const [client, nick] of [
      [host, 'ann00001'],
      [guest, 'bob00002'],
    ] as const) {
      expect((await client.join(room, nick)).error).toBeUndefined();
    }
    // What a component says of the room names it as the client knows it.
    const metadata = await host.stanza(({ attrs }) => attrs['from'] === `metadata.${instance.domain}`);
    expect(metadata.getChild('json-message')?.attrs['room']).toBe(room);
    for (const client of [host, guest]) {
      expect((await client.invitation()).action).toBe('session-initiate');
    }
    expect(
      (await stranger.join(`[acme]standup@conference.${instance.domain}`, 'eve00003')).error?.condition,
    ).toBe('jid-malformed');
  });
});
