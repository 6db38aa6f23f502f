/** People behind firewalls that let nothing through but a TURN server: the XMPP server gives the credentials, Debian's coturn relays. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, Person } from './harness/browser.js';
import { type Instance, startInstance } from './harness/instance.js';
import { freeUdpPort } from './harness/ports.js';
import { ServiceProcess } from './harness/service-process.js';

const patience = { timeout: 40_000, interval: 250 };
const secret = randomBytes(16).toString('hex');

let directory: string;
let turnServer: ServiceProcess;
let turnPort: number;
let browser: Browser;

/** Runs in the page: nothing is sent but through the servers that the page has found by itself. */
function relayOnly(): void {
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, iceTransportPolicy: 'relay' });
    }
  };
}

/** Runs in the page: what the candidates of ours are that media come to, and how they reach their server. */
async function ownCandidates(): Promise<string[]> {
  const { connections } = (globalThis as unknown as { conclaveProbe: { connections: RTCPeerConnection[] } })
    .conclaveProbe;
  const reports = await Promise.all(connections.map((each) => each.getStats()));
  return reports.flatMap((report) => {
    const stats = [...(report as unknown as Map<string, Record<string, unknown>>).values()];
    return stats
      .filter((each) => each['type'] === 'candidate-pair' && Number(each['bytesReceived']) > 0)
      .map((pair) => stats.find(({ id }) => id === pair['localCandidateId']))
      .map((own) => `${String(own?.['candidateType'])} by ${String(own?.['relayProtocol'])}`);
  });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-turn-'));
  turnPort = await freeUdpPort();
  turnServer = new ServiceProcess(
    'turnserver',
    [
      'turnserver',
      '-n',
      '--listening-ip=127.0.0.1',
      '--relay-ip=127.0.0.1',
      `--listening-port=${turnPort}`,
      '--use-auth-secret',
      `--static-auth-secret=${secret}`,
      '--realm=localhost',
      '--allow-loopback-peers',
      '--no-cli',
      '--no-tls',
      '--no-dtls',
      '--log-file=stdout',
      `--pidfile=${join(directory, 'pid')}`,
      `--userdb=${join(directory, 'db')}`,
    ],
    {},
    directory,
  );
  await turnServer.line(/DB connection success/);
  browser = await launchBrowser(10);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await turnServer.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Endpoints that the bridge's ICE library does not understand, and another agent answers. */
const refused = ({ processes }: Instance): number =>
  processes
    .flatMap(({ lines }) => lines)
    .filter((line) => line.includes('a client is reached by another path')).length;

describe.each(['udp', 'tcp'])(
  'media by a TURN server that is reached by %s',
  { timeout: 120_000 },
  (transport) => {
    let instance: Instance;
    let people: [Person, Person];

    beforeAll(async () => {
      const services = [{ type: 'turn', host: '127.0.0.1', port: turnPort, transport, secret }];
      instance = await startInstance('all in one process', {
        CONCLAVE_XMPP_MODULES: JSON.stringify({
          localhost: { 'external-services': { services, clientsOf: ['guest.localhost'] } },
        }),
      });
      await instance.conclavectl('register', 'hanna', instance.domain, 'correct horse');
      people = [
        await Person.arrive(browser, instance, 'Hanna'),
        await Person.arrive(browser, instance, 'Gwen'),
      ];
      const [host, guest] = people;
      for (const person of people) await person.page.addInitScript(relayOnly);
      await host.knock('firewalled');
      await host.isWaiting();
      await host.logIn('hanna', 'correct horse');
      await guest.knock('firewalled');
      for (const person of people) await person.isIn('firewalled', 2);
    }, 120_000);

    afterAll(async () => {
      for (const person of people) await person.vanish();
      await instance.stop();
    });

    it('come to whoever reaches nothing else, by servers that the page asks for itself', async () => {
      for (const person of people) {
        await vi.waitFor(async () => {
          const { framesDecoded, audioEnergy } = await person.reception();
          expect(framesDecoded, `${person.name}: pictures`).toBeGreaterThan(5);
          expect(audioEnergy, `${person.name}: audible sound`).toBeGreaterThan(0);
        }, patience);
        const candidates = await person.page.evaluate(ownCandidates);
        expect(new Set(candidates)).toEqual(new Set([`relay by ${transport}`]));
      }
      expect(refused(instance)).toBe(transport === 'tcp' ? people.length : 0);
    });
  },
);
