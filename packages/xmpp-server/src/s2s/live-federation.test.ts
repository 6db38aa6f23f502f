/** Who may be spoken with, and where other servers connect, changes while the server runs; clients and streams stay. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { authority, certified, login, Ports, startFederated } from '../testing/federated.js';
import { authenticatedRemote } from '../testing/raw-remote.js';
import type { RawTcp } from '../testing/raw-tcp.js';
import type { TestServer } from '../testing/test-server.js';
import { defaultS2sLimits, type S2sConfig } from './s2s-config.js';

const verona = 'verona.example';
const mantua = 'mantua.example';

let ports: Ports;
let here: TestServer;
let there: TestServer;
let juliet: RawTcp;
let romeo: RawTcp;

beforeEach(async () => {
  ports = new Ports();
  there = await startFederated(mantua, verona, ports);
  here = await startFederated(verona, mantua, ports);
  juliet = await login(here.server.ports.c2s, verona);
  romeo = await login(there.server.ports.c2s, mantua);
});

afterEach(() => Promise.all([here.stop(), there.stop()]));

async function configured(change: Partial<S2sConfig> = {}): Promise<S2sConfig> {
  return {
    host: '127.0.0.1',
    port: 0,
    allow: [mantua, `conference.${mantua}`],
    authorities: (await authority).pem,
    resolve: ports.resolve,
    limits: { ...defaultS2sLimits, retryDelay: 1 },
    ...change,
  };
}

async function tells(from: RawTcp, to: string, receiver: RawTcp, body: string): Promise<void> {
  from.send(`<message to='${to}'><body>${body}</body></message>`);
  await receiver.until(new RegExp(`<body>${body}</body>`));
}

async function isRefused(condition: string): Promise<void> {
  juliet.send(`<message to='user@${mantua}/r'/>`);
  expect(await juliet.until(/<message[^>]*type="error".*?<\/message>/)).toContain(`<${condition}`);
}

it('a domain that is not allowed any more is neither spoken with nor heard', async () => {
  await tells(juliet, `user@${mantua}/r`, romeo, 'one');
  const remote = await authenticatedRemote(here.server.ports.s2s ?? 0, {
    from: mantua,
    to: verona,
    certificate: await certified(mantua),
  });
  const port = here.server.ports.s2s;
  await here.server.replaceFederation(await configured({ allow: ['elsewhere.example'] }));
  expect(here.server.ports.s2s).toBe(port);
  await isRefused('not-allowed');
  remote.send(`<message from='x@${mantua}' to='user@${verona}/r'/>`);
  expect(await remote.streamError()).toBe('policy-violation');
});

it('one that is allowed again is spoken with on the stream that was there', async () => {
  await tells(juliet, `user@${mantua}/r`, romeo, 'one');
  await here.server.replaceFederation(await configured({ allow: [] }));
  await isRefused('not-allowed');
  await here.server.replaceFederation(await configured());
  await tells(juliet, `user@${mantua}/r`, romeo, 'two');
});

it('federation is switched off and on; clients stay', async () => {
  await tells(romeo, `user@${verona}/r`, juliet, 'one');
  const [session] = here.server.sessions(verona);
  const port = here.server.ports.s2s ?? 0;
  await here.server.replaceFederation(undefined);
  expect(here.server.ports.s2s).toBeUndefined();
  await isRefused('remote-server-not-found');
  const refused = connect(port, '127.0.0.1');
  await expect(once(refused, 'connect')).rejects.toThrow('ECONNREFUSED');
  await here.server.replaceFederation(await configured());
  ports.set(verona, here.server.ports.s2s ?? 0);
  await tells(juliet, `user@${mantua}/r`, romeo, 'two');
  await tells(romeo, `user@${verona}/r`, juliet, 'three');
  expect(here.server.sessions(verona)).toEqual([session]);
});

it('other servers connect somewhere else from then on; streams stay', async () => {
  const options = { from: mantua, to: verona, certificate: await certified(mantua) };
  const before = await authenticatedRemote(here.server.ports.s2s ?? 0, options);
  await here.server.replaceFederation(await configured({ directTls: { host: '127.0.0.1', port: 0 } }));
  expect(here.server.ports.s2sDirectTls).toBeGreaterThan(0);
  const after = await authenticatedRemote(here.server.ports.s2s ?? 0, options);
  for (const [i, remote] of [before, after].entries()) {
    remote.send(`<message from='x@${mantua}' to='user@${verona}/r'><body>${i}</body></message>`);
    await juliet.until(new RegExp(`<body>${i}</body>`));
  }
});

it('what cannot be leaves everything as it was', async () => {
  await expect(here.server.replaceFederation(await configured({ allow: ['*'] }))).rejects.toThrow(
    'no domain',
  );
  const taken = there.server.ports.s2s ?? 0;
  await expect(here.server.replaceFederation(await configured({ port: taken }))).rejects.toThrow(
    'EADDRINUSE',
  );
  await tells(juliet, `user@${mantua}/r`, romeo, 'still');
  await tells(romeo, `user@${verona}/r`, juliet, 'here');
});
