/** Servers that federate on loopback, their clients, and a remote server that says exactly what a test tells it to. */
import type { Certificate } from '../listeners/tls-context.js';
import type { Endpoint } from '../s2s/resolver.js';
import { defaultS2sLimits, type S2sConfig } from '../s2s/s2s-config.js';
import { makeAuthority } from './authority.js';
import { RawTcp, streamHeader } from './raw-tcp.js';
import { startTestServer, type TestServer } from './test-server.js';

/** By domain, where its server listens on loopback; a stand-in for DNS. */
export class Ports {
  readonly #ports = new Map<string, number>();

  set(domain: string, port: number): void {
    this.#ports.set(domain, port);
    this.#ports.set(`conference.${domain}`, port);
  }

  readonly resolve = (domain: string): Promise<readonly Endpoint[]> => {
    const port = this.#ports.get(domain);
    return Promise.resolve(port === undefined ? [] : [{ host: '127.0.0.1', port }]);
  };
}

export const authority = makeAuthority();

export async function certified(domain: string): Promise<Certificate> {
  return (await authority).issue(domain, `conference.${domain}`);
}

/** A server of `domain` that may speak with `remote` and its rooms, and whose account `user` has the password `secret`. */
export async function startFederated(
  domain: string,
  remote: string,
  ports: Ports,
  s2s: Partial<S2sConfig> & { readonly certificate?: Certificate } = {},
): Promise<TestServer> {
  const { certificate = await certified(domain), ...rest } = s2s;
  const test = await startTestServer({
    domain,
    tls: certificate,
    s2s: {
      host: '127.0.0.1',
      port: 0,
      allow: [remote, `conference.${remote}`],
      authorities: (await authority).pem,
      resolve: ports.resolve,
      ...rest,
      limits: { ...defaultS2sLimits, retryDelay: 1, ...rest.limits },
    },
  });
  ports.set(domain, test.server.ports.s2s ?? 0);
  await test.server.accounts.register('user', domain, 'secret');
  return test;
}

/** A client of `user`, with a resource bound. */
export async function login(port: number, domain: string, resource = 'r'): Promise<RawTcp> {
  const client = await RawTcp.secured(port, domain);
  await bind(client, domain, resource);
  return client;
}

/** Logs a client in that has been offered it, and binds a resource. */
export async function bind(client: RawTcp, domain: string, resource = 'r'): Promise<void> {
  const initial = Buffer.from('\0user\0secret').toString('base64');
  client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${initial}</auth>`);
  await client.until(/<success[^>]*>/);
  client.send(streamHeader(domain));
  await client.until(/<\/stream:features>/);
  client.send(
    `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
  );
  await client.until(/<\/iq>/);
}
