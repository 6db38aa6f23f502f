/** A server of ours and Debian's Prosody that federate on loopback: Juliet is with us, Romeo with Prosody. */
import type { S2sConfig } from '../s2s/s2s-config.js';
import { authority, bind, certified, login, Ports, startFederated } from './federated.js';
import { selfSigned } from './certificate.js';
import { RawTcp, streamHeader } from './raw-tcp.js';
import { startRemoteProsody, type RemoteProsody } from './remote-prosody.js';
import type { TestServer } from './test-server.js';

export const verona = 'verona.example';
export const mantua = 'mantua.example';

export interface Neighbours {
  readonly ours: TestServer;
  readonly prosody: RemoteProsody;
  readonly juliet: RawTcp;
  readonly romeo: RawTcp;
  stop(): Promise<void>;
}

/** Both log in. @param modules of Prosody's, beside the usual */
export async function besideProsody(
  by: 'certificates' | 'dialback',
  { modules = [], ...s2s }: { readonly modules?: readonly string[] } & Partial<S2sConfig> = {},
): Promise<Neighbours> {
  const secure = by === 'certificates';
  const certificate = (domain: string) => (secure ? certified(domain) : selfSigned(domain));
  const ports = new Ports();
  const ours = await startFederated(verona, mantua, ports, {
    certificate: await certificate(verona),
    dialback: !secure,
    ...s2s,
  });
  const prosody = await startRemoteProsody({
    domain: mantua,
    certificate: await certificate(mantua),
    authorities: (await authority).pem,
    secure,
    peerPort: ours.server.ports.s2s ?? 0,
    modules,
  }).catch(async (error: unknown) => {
    await ours.stop();
    throw error;
  });
  ports.set(mantua, prosody.s2s);
  const romeo = await RawTcp.open(prosody.c2s);
  romeo.send(streamHeader(mantua));
  await romeo.until(/<\/stream:features>/);
  await bind(romeo, mantua);
  return {
    ours,
    prosody,
    juliet: await login(ours.server.ports.c2s, verona),
    romeo,
    stop: async () => {
      await Promise.all([ours.stop(), prosody.stop()]);
    },
  };
}
