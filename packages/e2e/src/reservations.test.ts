/** A conference that the operator's reservation service has in its books is opened, any other is not, and the client learns why. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Instance, startInstance } from './harness/instance.js';
import { TestClient } from './harness/xmpp-client.js';

const password = 'correct horse';
let service: Server;
let instance: Instance;
let host: TestClient;
let guest: TestClient;
const bookedFor: string[] = [];

beforeAll(async () => {
  service = createServer((request, response) => {
    void text(request).then((body) => {
      const form = new URLSearchParams(body);
      const name = form.get('name') ?? '';
      if (name.startsWith('booked')) {
        bookedFor.push(form.get('mail_owner') ?? '');
        response.end(
          JSON.stringify({
            id: 1,
            name,
            start_time: form.get('start_time'),
            duration: 600,
            password: 'sesame',
          }),
        );
      } else response.writeHead(403).end(JSON.stringify({ message: 'No such booking' }));
    });
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  instance = await startInstance('all in one process', {
    CONCLAVE_RESERVATIONS_URL: `http://127.0.0.1:${port}`,
  });
  await instance.conclavectl('register', 'ann', instance.domain, password);
  [host, guest] = await Promise.all([TestClient.host(instance, 'ann', password), TestClient.guest(instance)]);
});
afterAll(async () => {
  await Promise.all([host.stop(), guest.stop()]);
  await instance.stop();
  service.close();
});

it(
  'is asked for those who may open a conference, and its answer reaches them',
  { timeout: 60_000 },
  async () => {
    const room = (name: string) => ({ room: `${name}@conference.${instance.domain}`, machineUid: 'm' });
    expect((await guest.request(instance, room('booked'))).error?.condition).toBe('not-authorized');
    expect(bookedFor).toEqual([]);

    const { error } = await host.request(instance, room('other'));
    expect(error).toMatchObject({
      type: 'cancel',
      condition: 'service-unavailable',
      text: 'No such booking',
    });
    expect(error?.application?.map(String)).toEqual([
      '<reservation-error xmlns="http://jitsi.org/protocol/focus" error-code="403"/>',
    ]);

    expect((await host.request(instance, room('booked'))).response).toMatchObject({ ready: true });
    expect(bookedFor).toEqual([`ann@${instance.domain}`]);
    const entrance = await host.join(`booked@conference.${instance.domain}`, 'ann00001');
    expect(entrance.error?.condition).toBe('not-authorized');
  },
);
