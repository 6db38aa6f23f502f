/** What an operator relies on: several installations on one machine, and services that find each other again. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from './harness/instance.js';
import type { ServiceProcess } from './harness/service-process.js';
import { TestClient } from './harness/xmpp-client.js';

const running: { stop(): Promise<unknown> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
});

/** A host opens a room, for which the server, the focus and a bridge must have found each other. */
async function opensRoom(instance: Instance, name: string): Promise<void> {
  const room = `${name}@conference.${instance.domain}`;
  const host = await TestClient.host(instance, 'ann', 'correct horse');
  const guest = await TestClient.guest(instance);
  running.push(host, guest);
  expect((await host.request(instance, { room, machineUid: 'm' })).response).toMatchObject({ ready: true });
  await host.join(room, 'aaaaaaaa');
  await guest.join(room, 'bbbbbbbb');
  const offer = await guest.invitation();
  expect(offer.contents[0]?.transport?.candidates).toMatchObject([{ port: instance.ports.media }]);
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
