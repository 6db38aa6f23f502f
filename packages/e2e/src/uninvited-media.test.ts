/** The bridge speaks to those whom the focus has invited, and is silent to all others. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Jingle } from '@conclave/signaling';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Instance, startInstance } from './harness/instance.js';
import { connectivityCheck, isSuccess, ownUfrag, Stranger } from './harness/stun.js';
import { TestClient } from './harness/xmpp-client.js';

/** Milliseconds that the bridge may need to answer who has just accepted. */
const patience = 10_000;

let instance: Instance;
let host: TestClient;
let guest: TestClient;
let room: string;
let offer: Jingle;

beforeAll(async () => {
  instance = await startInstance();
  await instance.conclavectl('register', 'ann', instance.domain, 'correct horse');
  room = `media@conference.${instance.domain}`;
  host = await TestClient.host(instance, 'ann', 'correct horse');
  guest = await TestClient.guest(instance);
  await host.request(instance, { room, machineUid: 'host-machine' });
  expect((await host.join(room, 'aaaaaaaa')).error).toBeUndefined();
  expect((await guest.join(room, 'bbbbbbbb')).error).toBeUndefined();
  offer = await guest.invitation();
});

afterAll(async () => {
  await Promise.all([host.stop(), guest.stop()]);
  await instance.stop();
});

describe('the media port', () => {
  const transport = () => offer.contents[0]?.transport;

  it('is the one and only address in the offer', () => {
    for (const content of offer.contents) {
      expect(content.transport?.candidates).toMatchObject([{ ip: '127.0.0.1', port: instance.ports.media }]);
    }
  });

  it('answers whoever has the credentials of an invitation, and nobody else', async () => {
    const credentials = { ufrag: transport()?.ufrag ?? '', password: transport()?.pwd ?? '' };
    const clientHello = Buffer.from('16feff000000000000000000360100002a000000000000002afefd', 'hex');
    const attempts = [
      connectivityCheck(),
      connectivityCheck({ ufrag: 'madeup', password: 'madeupmadeupmadeupmade' }),
      connectivityCheck({ ...credentials, password: 'madeupmadeupmadeupmade' }),
      Buffer.concat([clientHello, randomBytes(27)]),
      randomBytes(1200),
      Buffer.alloc(0),
    ];
    await guest.accept(room, offer, { ufrag: ownUfrag, password: randomBytes(18).toString('hex') });
    const strangers = await Promise.all(attempts.map(() => Stranger.at(instance.ports.media)));
    strangers.forEach((stranger, index) => stranger.say(attempts[index] ?? Buffer.alloc(0)));
    const invited = await Stranger.at(instance.ports.media);
    // Datagrams are handled in order: when the invited one has its answer, the others have had theirs.
    await vi.waitFor(
      () => {
        invited.say(connectivityCheck(credentials));
        expect(invited.heard.some(isSuccess)).toBe(true);
      },
      { timeout: patience },
    );
    const answers = strangers.map((stranger) => stranger.heard.filter(isSuccess).length);
    expect(answers).toEqual(attempts.map(() => 0));
    // An error at most, and never more than was sent: the port amplifies nothing.
    strangers.forEach((stranger, index) => {
      const heard = stranger.heard.reduce((sum, packet) => sum + packet.length, 0);
      expect(heard).toBeLessThanOrEqual(attempts[index]?.length ?? 0);
    });
    for (const each of [...strangers, invited]) each.go();
  });
});

describe('the bridge channel', () => {
  const url = () => new URL(offer.contents[0]?.transport?.webSockets[0] ?? '');

  async function dial(change: (address: URL) => void = () => undefined): Promise<number> {
    const address = url();
    change(address);
    const socket = new WebSocket(address);
    const refused = once(socket, 'unexpected-response').then(
      ([, response]) => (response as { statusCode: number }).statusCode,
    );
    const closed = once(socket, 'close').then(([code]) => code as number);
    const opened = once(socket, 'open').then(() => 101);
    const outcome = await Promise.race([refused, opened, closed]);
    socket.on('error', () => undefined).terminate();
    return outcome;
  }

  const setPassword = (password: string) => (address: URL) => address.searchParams.set('pwd', password);

  it('refuses a wrong password, none, and that of another endpoint', async () => {
    const other = (await host.invitation()).contents[0]?.transport?.webSockets[0] ?? '';
    expect(await dial(setPassword('guessed'))).toBe(403);
    expect(await dial(setPassword(''))).toBeGreaterThanOrEqual(403);
    expect(await dial((address) => address.searchParams.delete('pwd'))).toBeGreaterThanOrEqual(403);
    expect(await dial(setPassword(new URL(other).searchParams.get('pwd') ?? ''))).toBe(403);
  });

  it('does not say whether a conference or an endpoint exists', async () => {
    const [, , server = '', conference = ''] = url().pathname.split('/');
    for (const path of [`${server}/${conference}/cccccccc`, `${server}/0123456789abcdef/bbbbbbbb`]) {
      expect(await dial((address) => (address.pathname = `/colibri-ws/${path}`))).toBe(403);
    }
  });

  it('opens for the endpoint that was invited', async () => {
    expect(await dial()).toBe(101);
  });
});
