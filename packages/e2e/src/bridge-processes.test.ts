/** Several videobridges on one machine by one setting: the focus uses all of them, one that dies is started again, all of them stop. */
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Instance, startInstance } from './harness/instance.js';
import { freeTcpPort } from './harness/ports.js';
import { TestClient } from './harness/xmpp-client.js';

const running: { stop(): Promise<unknown> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
});

/** A free port with one after it. */
async function freePortRow(): Promise<number> {
  const port = await freeTcpPort();
  return port < 65_000 ? port : freePortRow();
}

/** Two people in a room; answers the media port of the bridge of each, and the WebSocket that it offers. */
async function open(instance: Instance, host: TestClient) {
  const room = `shared@conference.${instance.domain}`;
  const guest = await TestClient.guest(instance);
  running.push(guest);
  await host.request(instance, { room, machineUid: 'm' });
  await host.join(room, 'aaaaaaaa');
  await guest.join(room, 'bbbbbbbb');
  const offers = [await host.invitation(), await guest.invitation()];
  return offers.map(({ contents: [content] }) => ({
    port: content?.transport?.candidates[0]?.port,
    webSocket: content?.transport?.webSockets[0] ?? '',
  }));
}

const pids = (lines: readonly string[]): number[] =>
  lines.flatMap((line) => {
    const pid = /bridge process started/.test(line) ? /"pid":(\d+)/.exec(line)?.[1] : undefined;
    return pid === undefined ? [] : [Number(pid)];
  });

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('two bridges on one machine', { timeout: 120_000 }, () => {
  it('serve conferences, come back when they die, and end with the process that started them', async () => {
    const http = await freePortRow();
    const instance = await startInstance('all in one process', {
      CONCLAVE_BRIDGE_PROCESSES: '2',
      CONCLAVE_BRIDGE_HTTP_PORT: String(http),
      // Each participant on another bridge, if there are several.
      CONCLAVE_FOCUS_BRIDGES_STRATEGY: 'split',
      CONCLAVE_FOCUS_BRIDGES_RELAYS: 'true',
    });
    running.push(instance);
    const [conclave] = instance.processes;
    if (conclave === undefined) throw new Error('nothing runs');
    await conclave.line(/bridge found/, 2);
    await instance.conclavectl('register', 'ann', instance.domain, 'correct horse');
    const host = await TestClient.host(instance, 'ann', 'correct horse');
    running.push(host);

    const bridges = await open(instance, host);
    const { media } = instance.ports;
    expect(new Set(bridges.map(({ port }) => port))).toEqual(new Set([media, media + 1]));
    for (const { webSocket } of bridges) {
      const socket = new WebSocket(webSocket);
      await once(socket, 'open');
      socket.terminate();
    }
    const answer = await fetch(`http://127.0.0.1:${http + 1}/about/health`);
    expect(answer.status).toBe(200);

    const [first] = pids(conclave.lines);
    process.kill(first ?? 0, 'SIGKILL');
    await conclave.line(/bridge found/, 3);
    const [, second] = pids(conclave.lines);
    expect(second).toBeGreaterThan(0);
    expect(isAlive(second ?? 0)).toBe(true);

    // Alive, but doing nothing any more: as if its loop were stuck.
    process.kill(second ?? 0, 'SIGSTOP');
    await conclave.line(/bridge process is stuck/);
    await conclave.line(/bridge found/, 4);
    const [, , third] = pids(conclave.lines);

    await conclave.stop();
    await vi.waitFor(() => expect(isAlive(third ?? 0)).toBe(false), { timeout: 6000 });
  });

  it('end also when the process that started them is killed', async () => {
    const instance = await startInstance('all in one process', {
      CONCLAVE_BRIDGE_PROCESSES: '2',
      CONCLAVE_BRIDGE_HTTP_PORT: String(await freePortRow()),
    });
    running.push(instance);
    const [conclave] = instance.processes;
    if (conclave === undefined) throw new Error('nothing runs');
    await conclave.line(/bridge found/, 2);
    const [pid = 0] = pids(conclave.lines);
    await conclave.cut();
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
  });
});
