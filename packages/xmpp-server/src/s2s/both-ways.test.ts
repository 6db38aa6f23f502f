/** Bidirectional streams between servers (XEP-0288): with who has proved who it is, one stream is enough. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certified, login, Ports, startFederated } from '../testing/federated.js';
import { acceptStream, answerStream, authenticatedRemote, connectRemote } from '../testing/raw-remote.js';
import { RawServer } from '../testing/raw-server.js';
import type { RawTcp } from '../testing/raw-tcp.js';
import type { TestServer } from '../testing/test-server.js';

const verona = 'verona.example';
const mantua = 'mantua.example';
const bidi = "<bidi xmlns='urn:xmpp:bidi'/>";
const offered = "<bidi xmlns='urn:xmpp:features:bidi'/>";

let ours: TestServer;
let juliet: RawTcp;
let mantuas: RawServer;

beforeEach(async () => {
  const ports = new Ports();
  mantuas = await RawServer.open();
  ours = await startFederated(verona, mantua, ports, { dialback: true });
  ports.set(mantua, mantuas.port);
  juliet = await login(ours.server.ports.c2s, verona);
});

afterEach(async () => {
  mantuas.close();
  await ours.stop();
});

describe('a stream that another server opens', () => {
  const options = async () => ({ from: mantua, to: verona, certificate: await certified(mantua) });
  const ping = `<iq type='get' id='1' from='x@${mantua}/r' to='${verona}'><ping xmlns='urn:xmpp:ping'/></iq>`;

  it('is offered to go both ways', async () => {
    const { features } = await connectRemote(ours.server.ports.s2s ?? 0, await options());
    expect(features).toContain('<bidi xmlns="urn:xmpp:features:bidi"/>');
  });

  it('takes our stanzas too, when it asks for that', async () => {
    const remote = await authenticatedRemote(ours.server.ports.s2s ?? 0, await options(), bidi);
    remote.send(ping);
    await remote.until(/<iq[^>]*type="result"[^>]*>/);
    juliet.send(`<message to='user@${mantua}'><body>hi</body></message>`);
    await remote.until(/<body>hi<\/body>/);
    remote.cut();
    await new Promise((resolve) => setImmediate(resolve));
    juliet.send(`<message to='user@${mantua}'><body>again</body></message>`);
    const next = await mantuas.accept();
    await acceptStream(next, { from: mantua, certificate: await certified(mantua) });
    await next.until(/<body>again<\/body>/);
  });

  it('takes none when it does not', async () => {
    const remote = await authenticatedRemote(ours.server.ports.s2s ?? 0, await options());
    remote.send(ping);
    const answering = await mantuas.accept();
    await acceptStream(answering, { from: mantua, certificate: await certified(mantua) });
    await answering.until(/<iq[^>]*type="result"[^>]*>/);
  });

  it('takes none before it has proved who it is, and none for others', async () => {
    const { remote } = await connectRemote(ours.server.ports.s2s ?? 0, { from: mantua, to: verona });
    remote.send(bidi);
    juliet.send(`<message to='user@${mantua}'><body>secret</body></message>`);
    const stream = await mantuas.accept();
    await acceptStream(stream, { from: mantua, certificate: await certified(mantua) });
    await stream.until(/<body>secret<\/body>/);
    remote.send('</stream:stream>');
    expect(await remote.rest()).not.toContain('secret');
    const rooms = { ...(await options()), to: `conference.${verona}` };
    const other = await authenticatedRemote(ours.server.ports.s2s ?? 0, rooms, bidi);
    juliet.send(`<message to='user@${mantua}'><body>more</body></message>`);
    await stream.until(/<body>more<\/body>/);
    other.send('</stream:stream>');
    expect(await other.rest()).not.toContain('more');
  });
});

describe('a stream that our server opens', () => {
  async function stream(features: string, certificate = mantua): Promise<RawTcp> {
    juliet.send(`<message to='user@${mantua}'><body>hi</body></message>`);
    const remote = await mantuas.accept();
    await acceptStream(remote, { from: mantua, features, certificate: await certified(certificate) });
    await remote.until(/<body>hi<\/body>/);
    return remote;
  }

  it('takes their stanzas too, where that is offered', async () => {
    const remote = await stream(offered);
    remote.send(`<message from='x@${mantua}/r' to='user@${verona}/r'><body>back</body></message>`);
    expect(await juliet.until(/<message.*?<\/message>/)).toContain('<body>back</body>');
  });

  it.each([
    ['invalid-from', `<message from='x@elsewhere.example' to='user@${verona}'/>`],
    ['invalid-from', `<message from='x@conference.${mantua}' to='user@${verona}'/>`],
    ['invalid-from', `<message from='user@${verona}' to='user@${verona}'/>`],
    ['invalid-from', `<message from='x@${mantua}' to='room@conference.${verona}'/>`],
    ['host-unknown', `<message from='x@${mantua}' to='focus@auth.${verona}'/>`],
    ['not-authorized', `<db:result from='${mantua}' to='${verona}'>key</db:result>`],
  ])('is ended with %s by %s', async (condition, xml) => {
    const remote = await stream(offered);
    remote.send(xml);
    expect(await remote.streamError()).toBe(condition);
  });

  it('takes none where it is not', async () => {
    const remote = await stream('');
    remote.send(`<message from='x@${mantua}/r' to='user@${verona}/r'/>`);
    expect(await remote.streamError()).toBe('not-authorized');
  });
});

describe('who is believed by dialback only', () => {
  it('is not heard on a stream that our server has opened', async () => {
    juliet.send(`<message to='user@${mantua}'><body>hi</body></message>`);
    const remote = await mantuas.accept();
    const features = `<dialback xmlns='urn:xmpp:features:dialback'/>${offered}`;
    const certificate = await certified('other.example');
    await answerStream(remote, { from: mantua, features, certificate });
    expect(await remote.until(/<\/db:result>/)).not.toContain('<bidi');
    remote.send(`<db:result from='${mantua}' to='${verona}' type='valid'/>`);
    await remote.until(/<body>hi<\/body>/);
    remote.send(`<message from='x@${mantua}/r' to='user@${verona}/r'/>`);
    expect(await remote.streamError()).toBe('not-authorized');
  });
});
