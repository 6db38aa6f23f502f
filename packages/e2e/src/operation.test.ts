/** What an operator relies on: several installations on one machine, and services that find each other again. */
import { NS } from '@conclave/signaling';
import { afterEach, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from './harness/instance.js';
import { freeTcpPort, freeUdpPort } from './harness/ports.js';
import type { ServiceProcess } from './harness/service-process.js';
import { TestClient } from './harness/xmpp-client.js';

const running: { stop(): Promise<unknown> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
});

interface Opened {
  readonly room: string;
  /** In the room, with an offer each. */
  readonly clients: readonly [TestClient, TestClient];
  readonly guest: TestClient;
}

/** A host opens a room, for which the server, the focus and a bridge must have found each other. */
async function opensRoom(instance: Instance, name: string): Promise<Opened> {
  const room = `${name}@conference.${instance.domain}`;
  const host = await TestClient.host(instance, 'ann', 'correct horse');
  const guest = await TestClient.guest(instance);
  running.push(host, guest);
  expect((await host.request(instance, { room, machineUid: 'm' })).response).toMatchObject({ ready: true });
  await host.join(room, 'aaaaaaaa');
  await guest.join(room, 'bbbbbbbb');
  const offer = await guest.invitation();
  expect(offer.contents[0]?.transport?.candidates).toMatchObject([{ port: instance.ports.media }]);
  await host.invitation();
  return { room, clients: [host, guest], guest };
}

const register = (instance: Instance) =>
  instance.conclavectl('register', 'ann', instance.domain, 'correct horse');

describe('two installations on one machine', () => {
  it('run side by side and know nothing of each other', async () => {
    const [one, other] = await Promise.all([startInstance(), startInstance()]);
    running.push(one, other);
    expect(await register(one)).toMatchObject({ code: 0 });
    await expect(TestClient.host(other, 'ann', 'correct horse')).rejects.toThrow('not-authorized');
    expect(await register(other)).toMatchObject({ code: 0 });
    await opensRoom(one, 'here');
    await opensRoom(other, 'there');
  });
});

describe('the services', () => {
  const find = (instance: Instance, name: string): ServiceProcess => {
    const process = instance.processes.find((each) => each.name === name);
    if (process === undefined) throw new Error(`there is no ${name}`);
    return process;
  };

  it('find each other again when the XMPP server was cut off and came back, and accounts are still there', async () => {
    const instance = await startInstance('four processes');
    running.push(instance);
    await register(instance);
    const server = find(instance, 'xmpp-server');
    await server.cut();
    running.push(server.again());
    await find(instance, 'focus').line(/bridge found/, 2);
    await opensRoom(instance, 'after-the-storm');
  });

  it('find a bridge that came back', async () => {
    const instance = await startInstance('four processes');
    running.push(instance);
    await register(instance);
    await find(instance, 'videobridge').cut();
    running.push(find(instance, 'videobridge').again());
    await find(instance, 'focus').line(/bridge found/, 2);
    await opensRoom(instance, 'another-bridge');
  });

  it('move a conference from a bridge that died to another within five seconds', async () => {
    const instance = await startInstance('four processes');
    running.push(instance);
    await register(instance);
    const { clients } = await opensRoom(instance, 'two-bridges');
    const [media, http] = await Promise.all([freeUdpPort(), freeTcpPort()]);
    const bridge = find(instance, 'videobridge');
    const other = bridge.again({
      CONCLAVE_MEDIA_PORT: String(media),
      CONCLAVE_BRIDGE_HTTP_PORT: String(http),
    });
    running.push(other);
    await find(instance, 'focus').line(/bridge found/, 2);
    const died = Date.now();
    await bridge.cut();
    for (const client of clients) {
      const { contents } = await client.invitation(2);
      expect(contents[0]?.transport?.candidates).toMatchObject([{ port: media }]);
    }
    expect(Date.now() - died).toBeLessThan(5_000);
  });

  it.each([
    ['is killed', (focus: ServiceProcess) => focus.cut()],
    ['is restarted', (focus: ServiceProcess) => focus.stop()],
  ])('go on with a conference whose focus %s', async (_, end) => {
    const instance = await startInstance('four processes');
    running.push(instance);
    await register(instance);
    const { room, clients, guest } = await opensRoom(instance, 'goes-on');
    const [first] = await Promise.all(clients.map((client) => client.invitation()));
    await end(find(instance, 'focus'));
    const focus = find(instance, 'focus').again();
    running.push(focus);
    const [again] = await Promise.all(clients.map((client) => client.invitation(2)));
    expect(again?.sid).not.toBe(first?.sid);
    for (const { received } of clients) {
      const ended = received.find(
        (stanza) => stanza.getChild('jingle', NS.jingle)?.attrs['action'] === 'session-terminate',
      );
      expect(ended).toBeDefined();
      const left = received.filter(({ attrs }) => attrs['type'] === 'unavailable');
      expect(left).toEqual([]);
    }
    // What the host has opened stays open to guests.
    expect((await guest.request(instance, { room, machineUid: 'm' })).response).toMatchObject({
      ready: true,
    });
  });

  it('find a focus that came back', async () => {
    const instance = await startInstance('four processes');
    running.push(instance);
    await register(instance);
    await find(instance, 'focus').cut();
    const focus = find(instance, 'focus').again();
    running.push(focus);
    await focus.line(/bridge found/);
    await opensRoom(instance, 'another-focus');
  });
});
