/**
 * Whether media comes through the port of a bridge: a connection like that of a client (ICE, DTLS, SRTP) is made to it from this
 * machine, and a packet goes each way. It notices what no look at the event loop does: a port that is taken away, threads of the
 * library that are stuck, certificates that do not work.
 */
import { buildPli } from '../rtp/rtcp-builders.js';
import { hostCandidates } from './candidates.js';
import { LoopbackClient } from './loopback-client.js';
import type { MediaPort } from './media-port.js';

/** @param address where the port listens @param patience how long it may take, in ms */
export async function mediaPasses(port: MediaPort, address: string, patience: number): Promise<boolean> {
  const packet = buildPli(1, 1);
  let end: (passes: boolean) => void = () => undefined;
  const ended = new Promise<boolean>((resolve) => (end = resolve));
  const timer = setTimeout(() => end(false), patience);
  const transport = port.createProbe({
    onState: (state) => {
      if (state === 'failed' || state === 'closed') end(false);
    },
    onPacket: (received) => transport.send(received),
    onChannel: (channel) => channel.close(),
  });
  const client = new LoopbackClient('probe', () => end(true), { data: false, setup: 'passive' });
  try {
    const { credentials } = transport;
    transport.setRemote(
      client.answer({
        ...credentials,
        rtcpMux: true,
        candidates: hostCandidates([address], port.port),
        fingerprints: [{ hash: 'sha-256', setup: 'actpass', value: port.fingerprint }],
        webSockets: [],
      }),
    );
    client.start();
    void client.connected.then(() => client.send(packet));
    return await ended;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    client.close();
    transport.close();
  }
}
