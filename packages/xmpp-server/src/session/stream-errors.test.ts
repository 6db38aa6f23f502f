/**
 * Each defined stream error condition of RFC 6120 s.4.9.3, in the order of the RFC, with inputs that end a stream with it; or why nothing
 * does. The table has to name every condition, or it does not compile.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { ZodType } from 'zod';
import { MemoryStorage } from '../storage/memory.js';
import type { KeyvalStore } from '../storage/storage.js';
import type { StreamErrorCondition } from '../stream/stream-error.js';
import { certified, login, Ports, startFederated } from '../testing/federated.js';
import { answerStream, authenticatedRemote } from '../testing/raw-remote.js';
import { RawServer } from '../testing/raw-server.js';
import { RawTcp, streamHeader } from '../testing/raw-tcp.js';
import { domain, startTestServer, type TestServer } from '../testing/test-server.js';

const running: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

async function start(config: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const test = await startTestServer(config);
  running.push(() => test.stop());
  await test.server.accounts.register('alice', domain, 'wonderland');
  return test;
}

type Case = () => Promise<RawTcp>;

/** A connection over which nothing has been said. @param texts each is sent by itself */
function fresh(...texts: readonly (string | Buffer)[]): Case {
  return async () => {
    const client = await RawTcp.open((await start()).server.ports.c2s);
    for (const text of texts) client.send(text);
    return client;
  };
}

/** A guest that is logged in, and has bound a resource. */
function bound(...texts: readonly string[]): Case {
  return async () => {
    const client = await RawTcp.guest((await start()).server.ports.c2s);
    client.send(bind);
    await client.until(/<\/iq>/);
    for (const text of texts) client.send(text);
    return client;
  };
}

async function alice({ server }: TestServer, then = ''): Promise<RawTcp> {
  const client = await RawTcp.secured(server.ports.c2s);
  const message = Buffer.from('\0alice\0wonderland').toString('base64');
  client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${message}</auth>`);
  await client.until(/<success[^>]*>/);
  client.send(streamHeader());
  await client.until(/<\/stream:features>/);
  client.send(then);
  return client;
}

const header = streamHeader();
const bind =
  "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>";
const sm = "xmlns='urn:xmpp:sm:3'";
const verona = 'verona.example';
const mantua = 'mantua.example';

/** A server whose accounts cannot be read. */
class BrokenStorage extends MemoryStorage {
  broken = false;

  override keyval<T>(host: string, name: string, schema: ZodType<T>): KeyvalStore<T> {
    const store = super.keyval(host, name, schema);
    if (name !== 'accounts') return store;
    const get = (owner: string): Promise<T | undefined> =>
      this.broken ? Promise.reject(new Error('the disk is gone')) : store.get(owner);
    return {
      get,
      set: (owner, value) => store.set(owner, value),
      add: (owner, value) => store.add(owner, value),
      remove: (owner) => store.remove(owner),
      users: () => store.users(),
    };
  }
}

const table: Record<
  StreamErrorCondition | 'bad-namespace-prefix' | 'remote-connection-failed',
  Record<string, Case> | string
> = {
  'bad-format': {
    'a root that is no stream': fresh(header.replace('stream:stream', 'stream:other')),
    'text between stanzas': fresh(`${header}text`),
  },
  'bad-namespace-prefix':
    'Every prefix that is declared is understood (Namespaces in XML s.3); one that is not declared is not well-formed.',
  conflict: {
    'a resource that somebody else of the account binds': async () => {
      const test = await start();
      const client = await alice(test, bind);
      await client.until(/<\/iq>/);
      await (await alice(test, bind)).until(/<\/iq>/);
      return client;
    },
  },
  'connection-timeout': {
    'nothing at all': async () =>
      RawTcp.open((await start({ limits: { loginTimeout: 50 } })).server.ports.c2s),
    'half of a header': async () => {
      const client = await RawTcp.open((await start({ limits: { loginTimeout: 50 } })).server.ports.c2s);
      client.send('<stream:stream to=');
      return client;
    },
  },
  'host-gone': {
    'a domain that is not federated with any more': async () => {
      const here = await startFederated(verona, mantua, new Ports());
      running.push(() => here.stop());
      const certificate = await certified(mantua);
      const remote = await authenticatedRemote(here.server.ports.s2s ?? 0, {
        from: mantua,
        to: verona,
        certificate,
      });
      await here.server.replaceFederation(undefined);
      return remote;
    },
  },
  'host-unknown': {
    'a host of somebody else': fresh(streamHeader('other.example')),
    'a component': fresh(streamHeader(`conference.${domain}`)),
  },
  'improper-addressing': {
    'no address': fresh(header.replace(/to='[^']*'/, '')),
    'an address that is none': fresh(streamHeader('a b')),
    'an account': fresh(streamHeader(`alice@${domain}`)),
  },
  'internal-server-error': {
    'a login when accounts cannot be read': async () => {
      const storage = new BrokenStorage();
      const test = await start({ storage });
      const client = await RawTcp.secured(test.server.ports.c2s);
      storage.broken = true;
      const message = Buffer.from('\0alice\0wonderland').toString('base64');
      client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${message}</auth>`);
      return client;
    },
  },
  'invalid-from': {
    "another's address": bound(`<message from='alice@${domain}' to='${domain}'/>`),
    'no address': bound(`<message from='@' to='${domain}'/>`),
  },
  'invalid-namespace': {
    'another namespace of streams': fresh(header.replace('etherx', 'other')),
    'another namespace of stanzas': fresh(header.replace('jabber:client', 'jabber:server')),
    'a stanza of another namespace': fresh(`${header}<message xmlns='jabber:server'/>`),
  },
  'invalid-xml': {
    'a count that is no number': bound(`<enable ${sm}/>`, `<a ${sm} h='many'/>`),
  },
  'not-authorized': {
    'a stanza before the login': fresh(`${header}<message/>`),
    'a stanza before binding': async () => {
      const client = await RawTcp.guest((await start()).server.ports.c2s);
      client.send('<message/>');
      return client;
    },
    'another host after the login': async () => {
      const client = await RawTcp.secured((await start()).server.ports.c2s);
      const message = Buffer.from('\0alice\0wonderland').toString('base64');
      client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${message}</auth>`);
      await client.until(/<success[^>]*>/);
      client.send(streamHeader(`auth.${domain}`));
      return client;
    },
  },
  'not-well-formed': {
    'a closing tag of something else': fresh(`${header}<message></presence>`),
    'a prefix that is not declared': fresh(`${header}<foo:message/>`),
    'an attribute twice': fresh(`${header}<message to='a' to='b'/>`),
    'what is not UTF-8': fresh(header, Buffer.from([0xc3, 0x28])),
    'another protocol': fresh('GET / HTTP/1.1\r\n\r\n'),
  },
  'policy-violation': {
    'too large a stanza': fresh(`${header}<message>${'x'.repeat(10_000)}`),
    'elements nested too deeply': fresh(header + '<a>'.repeat(200)),
    'too many attempts to log in': async () => {
      const client = await RawTcp.secured((await start({ limits: { loginAttempts: 2 } })).server.ports.c2s);
      client.send("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".repeat(2));
      return client;
    },
  },
  'remote-connection-failed':
    'A login by LDAP or HTTP fails as temporary-auth-failure (RFC 6120 s.6.5.11), and dialback has an error of its own (XEP-0220 s.2.4).',
  reset: {
    'a password that changes': async () => {
      const test = await start();
      const client = await alice(test, bind);
      await client.until(/<\/iq>/);
      await test.server.accounts.setPassword('alice', domain, 'looking glass');
      return client;
    },
  },
  'resource-constraint': {
    'too many elements in a stanza': bound(`<message>${'<a/>'.repeat(30_000)}</message>`),
  },
  'restricted-xml': {
    'a comment': fresh(`${header}<!-- -->`),
    'an instruction': fresh(`${header}<?php ?>`),
    'an entity that is not defined': fresh(`${header}<message>&other;</message>`),
    'a document type': fresh('<!DOCTYPE a [<!ENTITY b "c">]>'),
  },
  'see-other-host': {
    'a host that is elsewhere': async () => {
      const guests = `guest.${domain}`;
      const redirections = { [guests]: { host: 'other.example:5222', when: 'always' as const } };
      const client = await RawTcp.open((await start({ redirections })).server.ports.c2s);
      client.send(`${streamHeader(guests)}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
      await client.until(/<proceed[^>]*>/);
      await client.startTls();
      client.send(streamHeader(guests));
      return client;
    },
  },
  'system-shutdown': {
    'a server that stops': async () => {
      const test = await start();
      const client = await alice(test, bind);
      await client.until(/<\/iq>/);
      await test.server.stop();
      return client;
    },
  },
  'undefined-condition': {
    'more acknowledged than was sent (XEP-0198 s.4)': bound(`<enable ${sm}/>`, `<a ${sm} h='99'/>`),
  },
  'unsupported-encoding': {
    'another encoding that is declared': fresh("<?xml version='1.0' encoding='latin-1'?>"),
    'UTF-16': fresh(Buffer.from(`\ufeff${header}`, 'utf16le')),
  },
  'unsupported-feature': {
    'a feature that another server requires, and nobody knows': async () => {
      const raw = await RawServer.open();
      running.push(() => raw.close());
      const ports = new Ports();
      ports.set(mantua, raw.port);
      const here = await startFederated(verona, mantua, ports);
      running.push(() => here.stop());
      (await login(here.server.ports.c2s, verona)).send(`<message to='user@${mantua}'/>`);
      const remote = await raw.accept();
      const features = "<unheard xmlns='urn:example:of'><required/></unheard>";
      await answerStream(remote, { from: mantua, features, certificate: await certified(mantua) });
      return remote;
    },
  },
  'unsupported-stanza-type': {
    'an element that is no stanza': fresh(`${header}<other/>`),
    'an acknowledgement where there is nothing such': bound(`<a ${sm} h='0'/>`),
  },
  'unsupported-version': {
    'no version': fresh(streamHeader(domain, '')),
    'an old version': fresh(streamHeader(domain, "version='0.9'")),
  },
};

const cases = Object.entries(table).flatMap(([condition, inputs]) =>
  typeof inputs === 'string'
    ? []
    : Object.entries(inputs).map(([input, connect]) => [condition, input, connect] as const),
);

describe('a stream ends', () => {
  it.each(cases)('with %s: %s', async (condition, _, connect) => {
    expect(await (await connect()).streamError()).toBe(condition);
  });
});

it('any prefix will do that is declared as that of streams', async () => {
  const client = await fresh(
    header.replaceAll('stream:stream', 's:stream').replace('xmlns:stream', 'xmlns:s'),
  )();
  expect(await client.until(/<\/stream:features>/)).toContain('starttls');
});
