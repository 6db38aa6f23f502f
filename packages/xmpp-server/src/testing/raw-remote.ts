/** Another server, in the hands of a test: it says exactly what it is told to, to a server of ours. */
import type { Certificate } from '../listeners/tls-context.js';
import { S2sTls } from '../s2s/s2s-tls.js';
import { authority } from './federated.js';
import { RawTcp } from './raw-tcp.js';

export function serverHeader(attributes: string): string {
  return `<?xml version='1.0'?><stream:stream ${attributes} version='1.0' xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams'>`;
}

export const externalFeature =
  "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>";

export interface RemoteOptions {
  readonly from: string;
  readonly to: string;
  readonly certificate?: Certificate;
}

/** A stream that the remote server has opened and secured. @returns its features too */
export async function connectRemote(
  port: number,
  { from, to, certificate }: RemoteOptions,
): Promise<{ remote: RawTcp; features: string; id: string }> {
  const header = serverHeader(`from='${from}' to='${to}'`);
  const remote = await RawTcp.open(port);
  remote.send(`${header}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
  await remote.until(/<proceed[^>]*>/);
  await remote.startTls(certificate ?? {});
  remote.send(header);
  const features = await remote.until(/<\/?stream:(features|error)\/?>/);
  return { remote, features, id: /<stream:stream[^>]* id="([^"]*)"/.exec(features)?.[1] ?? '' };
}

/** Connected, and authenticated by its certificate. @param before said after TLS, ahead of that */
export async function authenticatedRemote(
  port: number,
  options: RemoteOptions & { readonly certificate: Certificate },
  before = '',
): Promise<RawTcp> {
  const { remote } = await connectRemote(port, options);
  remote.send(before);
  remote.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>");
  await remote.until(/<success[^>]*>/);
  remote.send(serverHeader(`from='${options.from}' to='${options.to}'`));
  await remote.until(/<stream:features.*?<\/stream:features>/);
  return remote;
}

/** Answers a stream that a server of ours has opened, up to the features over TLS. */
export async function answerStream(
  remote: RawTcp,
  { from, features, certificate }: { from: string; features: string; certificate: Certificate },
): Promise<void> {
  await remote.until(/<stream:stream[^>]*>/);
  const starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
  remote.send(`${serverHeader(`from='${from}' id='1'`)}<stream:features>${starttls}</stream:features>`);
  await remote.until(/<starttls[^>]*>/);
  remote.send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  const tls = new S2sTls(certificate, (await authority).pem);
  await remote.secure((plain) => tls.accept(plain));
  await remote.until(/<stream:stream[^>]*>/);
  remote.send(`${serverHeader(`from='${from}' id='2'`)}<stream:features>${features}</stream:features>`);
}

/** Answers a stream that a server of ours has opened, and believes its certificate. */
export async function acceptStream(
  remote: RawTcp,
  { from, features = '', certificate }: { from: string; features?: string; certificate: Certificate },
): Promise<void> {
  await answerStream(remote, { from, features: externalFeature + features, certificate });
  await believe(remote, from, features);
}

/** As `acceptStream`, where TLS came first. */
export async function acceptStreamOver(remote: RawTcp, { from }: { from: string }): Promise<void> {
  await remote.until(/<stream:stream[^>]*>/);
  remote.send(
    `${serverHeader(`from='${from}' id='2'`)}<stream:features>${externalFeature}</stream:features>`,
  );
  await believe(remote, from, '');
}

async function believe(remote: RawTcp, from: string, features: string): Promise<void> {
  await remote.until(/<auth[^>]*>.*?<\/auth>/);
  remote.send("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
  await remote.until(/<stream:stream[^>]*>/);
  remote.send(`${serverHeader(`from='${from}' id='3'`)}<stream:features>${features}</stream:features>`);
}
