/** Stream management (XEP-0198) and limits (XEP-0478) between servers: what does not get through comes back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certified, login, Ports, startFederated } from '../testing/federated.js';
import { acceptStream, authenticatedRemote, connectRemote } from '../testing/raw-remote.js';
import { RawServer } from '../testing/raw-server.js';
import type { RawTcp } from '../testing/raw-tcp.js';
import type { TestServer } from '../testing/test-server.js';
import { defaultS2sLimits, type S2sLimits } from './s2s-config.js';

const verona = 'verona.example';
const mantua = 'mantua.example';
const sm = "xmlns='urn:xmpp:sm:3'";
const bounced = /<message[^>]*type="error".*?<\/message>/;

let ours: TestServer;
let juliet: RawTcp;
let mantuas: RawServer;

async function start(limits: Partial<S2sLimits> = {}): Promise<void> {
  const ports = new Ports();
  mantuas = await RawServer.open();
  ours = await startFederated(verona, mantua, ports, { limits: { ...defaultS2sLimits, ...limits } });
  ports.set(mantua, mantuas.port);
  juliet = await login(ours.server.ports.c2s, verona);
}

afterEach(async () => {
  mantuas.close();
  await ours.stop();
});

function say(id: string, body = ''): void {
  juliet.send(`<message id='${id}' to='user@${mantua}'><body>${body}</body></message>`);
}

/** The stream that our server opens for the first message, up to that. */
async function stream(features = `<sm ${sm}/>`): Promise<RawTcp> {
  say('first');
  const remote = await mantuas.accept();
  await acceptStream(remote, { from: mantua, features, certificate: await certified(mantua) });
  return remote;
}

describe('a stream that our server opens', () => {
  beforeEach(() => start());

  it('is managed where the other server offers it: it is asked for acknowledgement', async () => {
    const remote = await stream();
    expect(await remote.until(/<message.*?<\/message>/)).toMatch(/^[^<]*<enable xmlns="urn:xmpp:sm:3"\/>/);
    remote.send(`<enabled ${sm}/>`);
    await remote.until(/<r xmlns="urn:xmpp:sm:3"\/>/);
    remote.send(`<a ${sm} h='1'/>`);
    say('second');
    await remote.until(/<message.*?<\/message><r xmlns="urn:xmpp:sm:3"\/>/);
  });

  it('is not where it does not, or refuses', async () => {
    const remote = await stream();
    await remote.until(/<message.*?<\/message>/);
    remote.send(`<failed ${sm}><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`);
    say('second');
    say('third');
    const written = await remote.until(/<message[^>]*id="third".*?<\/message>/);
    expect(written).not.toContain('<r ');
  });

  it('that is cut gives back what was not acknowledged, and nothing else', async () => {
    const remote = await stream();
    await remote.until(/<message.*?<\/message>/);
    remote.send(`<enabled ${sm}/>`);
    await remote.until(/<r [^>]*>/);
    say('second');
    await remote.until(/<message.*?<\/message>/);
    remote.send(`<a ${sm} h='1'/>`);
    // It asks again, now that it was answered.
    await remote.until(/<r [^>]*>/);
    remote.cut();
    const back = await juliet.until(bounced);
    expect(back).toContain('id="second"');
    expect(back).toContain('<remote-server-timeout');
  });

  it.each(['2', '-1', 'x', '4294967296', ''])('does not believe that %j were taken', async (h) => {
    const remote = await stream();
    await remote.until(/<message.*?<\/message>/);
    remote.send(`<enabled ${sm}/><a ${sm} h='${h}'/>`);
    expect(await remote.streamError()).toBe('undefined-condition');
    expect(await juliet.until(bounced)).toContain('id="first"');
  });

  it.each(['<enabled/>', "<a h='0'/>", '<r/>'])('is ended by %s out of turn', async (xml) => {
    const remote = await stream('<c/>');
    await remote.until(/<message.*?<\/message>/);
    remote.send(xml.replace(/(?=[ /])/, ` ${sm}`));
    expect(await remote.streamError()).toBe('unsupported-stanza-type');
  });

  it('is not enabled by the other side', async () => {
    const remote = await stream('<c/>');
    await remote.until(/<message.*?<\/message>/);
    remote.send(`<enable ${sm}/>`);
    await remote.until(/<failed [^>]*><unexpected-request/);
  });

  it('carries nothing that the other server says is too large', async () => {
    const limits = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>20000</max-bytes></limits>";
    const remote = await stream(limits);
    say('large', 'x'.repeat(20_000));
    say('small');
    const back = await juliet.until(bounced);
    expect(back).toContain('id="large"');
    expect(back).toContain('<policy-violation');
    expect(await remote.until(/<message[^>]*id="small"/)).not.toContain('large');
  });

  it('cannot be told to carry nothing', async () => {
    const remote = await stream("<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>1</max-bytes></limits>");
    await remote.until(/<message[^>]*id="first"/);
  });
});

describe('another server that takes nothing', () => {
  it('is given up, and what it was sent comes back', async () => {
    await start({ ackTimeout: 100 });
    const remote = await stream();
    await remote.until(/<message.*?<\/message>/);
    remote.send(`<enabled ${sm}/>`);
    expect(await remote.streamError()).toBe('connection-timeout');
    expect(await juliet.until(bounced)).toMatch(/id="first".*<remote-server-timeout/);
  });

  it('takes its occupants out of our rooms with it (XEP-0045 s.7.14)', async () => {
    await start({ ackTimeout: 100 });
    const room = `hall@conference.${verona}`;
    const join = "<x xmlns='http://jabber.org/protocol/muc'/>";
    juliet.send(`<presence to='${room}/a0000001'>${join}</presence>`);
    await juliet.until(/<status code="110"/);
    juliet.send(
      `<iq type='set' id='c' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>`,
    );
    await juliet.until(/<iq[^>]*id="c"[^>]*>/);
    const incoming = await authenticatedRemote(ours.server.ports.s2s ?? 0, {
      from: mantua,
      to: `conference.${verona}`,
      certificate: await certified(mantua),
    });
    incoming.send(`<presence from='x@${mantua}/r' to='${room}/a0000002'>${join}</presence>`);
    const outgoing = await mantuas.accept();
    await acceptStream(outgoing, {
      from: mantua,
      features: `<sm ${sm}/>`,
      certificate: await certified(mantua),
    });
    await juliet.until(/<presence[^>]*a0000002.*?<\/presence>/);
    outgoing.send(`<enabled ${sm}/>`);
    expect(await juliet.until(/<presence[^>]*type="unavailable".*?<\/presence>/)).toMatch(
      /a0000002.*<status code="333"/,
    );
  });
});

describe('a stream that another server opens', () => {
  beforeEach(() => start());

  async function opened(): Promise<RawTcp> {
    const certificate = await certified(mantua);
    return authenticatedRemote(ours.server.ports.s2s ?? 0, { from: mantua, to: verona, certificate });
  }

  it('is counted once it wants to', async () => {
    const remote = await opened();
    remote.send(`<message from='x@${mantua}' to='user@${verona}/r'/><enable ${sm}/>`);
    await remote.until(/<enabled xmlns="urn:xmpp:sm:3"\/>/);
    remote.send(`<message from='x@${mantua}' to='user@${verona}/r'/><r ${sm}/>`);
    await remote.until(/<a xmlns="urn:xmpp:sm:3" h="1"\/>/);
    remote.send(`<enable ${sm}/>`);
    await remote.until(/<failed [^>]*><unexpected-request/);
  });

  it('is told what we take', async () => {
    const options = { from: mantua, to: verona, certificate: await certified(mantua) };
    const { features } = await connectRemote(ours.server.ports.s2s ?? 0, options);
    expect(features).toContain('<max-bytes>524288</max-bytes><idle-seconds>600</idle-seconds></limits>');
  });
});
