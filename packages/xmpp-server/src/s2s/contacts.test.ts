/** What contacts at other servers see of our users, and ours of them: presence, and what they publish (RFC 6121, XEP-0163 s.4.3). */
import { capsHash } from '@conclave/signaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { besideProsody, mantua, verona } from '../testing/beside-prosody.js';
import { certified, login, Ports, startFederated } from '../testing/federated.js';
import { answerStream, authenticatedRemote } from '../testing/raw-remote.js';
import { RawServer } from '../testing/raw-server.js';
import type { RawTcp } from '../testing/raw-tcp.js';
import { prosodyIsInstalled } from '../testing/remote-prosody.js';

const tune = 'http://jabber.org/protocol/tune';
const listener = {
  identities: [{ category: 'client', type: 'pc', name: 'test' }],
  features: [`${tune}+notify`],
  forms: [],
};
const caps = `<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:x' ver='${capsHash(listener)}'/>`;
const aQuestion = /<iq(?=[^>]*type=['"]get['"])[^>]*><query(?=[^>]*disco#info)[^>]*?(?:\/>|><\/query>)<\/iq>/;

/** All that comes to a client up to and with a match. It answers who asks meanwhile what it can do. */
async function sees(client: RawTcp, pattern: RegExp): Promise<string> {
  const next = new RegExp(`${aQuestion.source}|${pattern.source}`);
  for (let seen = ''; ;) {
    const text = await client.until(next);
    seen += text;
    const iq = aQuestion.exec(text.slice(text.lastIndexOf('<iq')))?.[0];
    if (iq === undefined) return seen;
    const value = (name: string) => new RegExp(` ${name}=['"]([^'"]*)`).exec(iq)?.[1] ?? '';
    const query = `<query xmlns='http://jabber.org/protocol/disco#info' node='${value('node')}'>`;
    client.send(
      `<iq type='result' id='${value('id')}' to='${value('from')}'>${query}<identity category='client' type='pc' name='test'/><feature var='${tune}+notify'/></query></iq>`,
    );
  }
}

function publish(client: RawTcp, title: string): void {
  client.send(
    `<iq type='set' id='p'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='${tune}'><item><tune xmlns='${tune}'><title>${title}</title></tune></item></publish></pubsub></iq>`,
  );
}

function heard(title: string): RegExp {
  return new RegExp(`<message(?:(?!</message>).)*<title>${title}</title>.*?</message>`);
}

/** Both see each other. */
async function befriend(juliet: RawTcp, romeo: RawTcp): Promise<void> {
  juliet.send(`<presence type='subscribe' to='user@${mantua}'/>`);
  await sees(romeo, /<presence[^>]*type=['"]subscribe['"][^>]*>/);
  romeo.send(`<presence type='subscribed' to='user@${verona}'/>`);
  await sees(juliet, presenceOf(mantua));
  romeo.send(`<presence type='subscribe' to='user@${verona}'/>`);
  await sees(juliet, /<presence[^>]*type=['"]subscribe['"][^>]*>/);
  juliet.send(`<presence type='subscribed' to='user@${mantua}'/>`);
  await sees(romeo, presenceOf(verona));
}

function presenceOf(domain: string): RegExp {
  return new RegExp(`<presence(?![^>]*type=)[^>]*from=['"]user@${domain}/r['"]`);
}

/** Juliet says something else, which Romeo gets after all that was sent before. */
async function end(juliet: RawTcp, romeo: RawTcp): Promise<string> {
  juliet.send(`<message to='user@${mantua}/r'><body>end</body></message>`);
  return sees(romeo, /<body>end<\/body>/);
}

const servers = [
  ['a server of ours', true],
  ['Prosody', prosodyIsInstalled],
] as const;

describe.each(servers.filter(([, there]) => there))(
  'between us and users of %s',
  { timeout: 30_000 },
  (which) => {
    let juliet: RawTcp;
    let romeo: RawTcp;
    let stop: () => Promise<unknown>;

    beforeEach(async () => {
      if (which === 'Prosody') {
        const neighbours = await besideProsody('certificates', { modules: ['pep'] });
        ({ juliet, romeo } = neighbours);
        stop = () => neighbours.stop();
      } else {
        const ports = new Ports();
        const there = await startFederated(mantua, verona, ports);
        const here = await startFederated(verona, mantua, ports);
        juliet = await login(here.server.ports.c2s, verona);
        romeo = await login(there.server.ports.c2s, mantua);
        stop = () => Promise.all([here.stop(), there.stop()]);
      }
      for (const client of [juliet, romeo]) {
        client.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
        await client.until(/<iq[^>]*id=['"]r['"].*?<query.*?>/);
      }
      juliet.send(`<presence>${caps}</presence>`);
      romeo.send('<presence/>');
    });

    afterEach(() => stop());

    it('what is published is heard by contacts that want to, and only once', async () => {
      await befriend(juliet, romeo);
      publish(juliet, 'before');
      await sees(juliet, heard('before'));
      // Romeo says only now what he wants to hear of: he is shown the last.
      romeo.send(`<presence>${caps}</presence>`);
      await sees(romeo, heard('before'));
      publish(juliet, 'after');
      const message = await sees(romeo, heard('after'));
      expect(message.slice(message.lastIndexOf('<message'))).toMatch(
        new RegExp(`from=['"]user@${verona}['"]`),
      );
      expect(await end(juliet, romeo)).not.toContain('>after<');
      romeo.send('<presence><show>xa</show></presence>');
      await sees(juliet, /<show>xa<\/show>/);
      publish(juliet, 'unheard');
      expect(await end(juliet, romeo)).not.toContain('unheard');
    });

    it('what contacts publish reaches us', async () => {
      await befriend(juliet, romeo);
      publish(romeo, 'theirs');
      await sees(juliet, heard('theirs'));
    });

    it('who goes offline is seen to go, and who comes back finds the other', async () => {
      await befriend(juliet, romeo);
      juliet.send("<presence type='unavailable'/>");
      expect(await sees(romeo, /<presence[^>]*type=['"]unavailable['"][^>]*>/)).toContain(`user@${verona}/r`);
      juliet.send('<presence/>');
      await sees(romeo, presenceOf(verona));
      await sees(juliet, presenceOf(mantua));
    });

    it('a subscription that is taken back ends what is seen', async () => {
      await befriend(juliet, romeo);
      romeo.send(`<presence>${caps}</presence>`);
      await sees(juliet, new RegExp(`${presenceOf(mantua).source}[^>]*><c `));
      juliet.send(`<presence type='unsubscribed' to='user@${mantua}'/>`);
      await sees(romeo, /<presence[^>]*type=['"]unavailable['"][^>]*>/);
      juliet.send('<presence><show>away</show></presence>');
      publish(juliet, 'unheard');
      expect(await end(juliet, romeo)).not.toMatch(/away|unheard/);
    });
  },
);

describe('to a stranger at another server', () => {
  let remote: RawTcp;
  let answersTo: RawTcp;
  let stop: () => Promise<void>;

  /** What the server says to the stranger comes on a stream of its own. */
  beforeEach(async () => {
    const ports = new Ports();
    const server = await startFederated(verona, mantua, ports, { dialback: true });
    const back = await RawServer.open();
    ports.set(mantua, back.port);
    const juliet = await login(server.server.ports.c2s, verona);
    juliet.send(`<presence>${caps}</presence>`);
    publish(juliet, 'private');
    await sees(juliet, heard('private'));
    remote = await authenticatedRemote(server.server.ports.s2s ?? 0, {
      from: mantua,
      to: verona,
      certificate: await certified(mantua),
    });
    stop = async () => {
      back.close();
      await server.stop();
    };
    answersTo = await answeringStream(back, () =>
      remote.send(
        `<iq type='get' id='0' from='x@${mantua}/r' to='${verona}'><ping xmlns='urn:xmpp:ping'/></iq>`,
      ),
    );
  });

  afterEach(() => stop());

  const questions = [
    ['vCard', "<vCard xmlns='vcard-temp'/>"],
    ['last activity', "<query xmlns='jabber:iq:last'/>"],
    ['disco#info', "<query xmlns='http://jabber.org/protocol/disco#info'/>"],
    ['disco#items', "<query xmlns='http://jabber.org/protocol/disco#items'/>"],
    ['a node', `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${tune}'/></pubsub>`],
    ['the roster', "<query xmlns='jabber:iq:roster'/>"],
    ['private storage', "<query xmlns='jabber:iq:private'><a xmlns='b'/></query>"],
    ['the archive', "<query xmlns='urn:xmpp:mam:2'/>"],
    ['the block list', "<blocklist xmlns='urn:xmpp:blocking'/>"],
    ['something unknown', "<query xmlns='urn:example:unknown'/>"],
  ] as const;

  it.each(questions)(
    '%s is the same whether an account is there, is not, or was never',
    async (_, payload) => {
      const told: string[] = [];
      for (const account of ['user', 'nobody']) {
        remote.send(`<iq type='get' id='1' from='x@${mantua}/r' to='${account}@${verona}'>${payload}</iq>`);
        const reply = await answersTo.until(/<iq.*?<\/iq>/);
        expect(reply).toContain('type="error"');
        told.push(reply.replaceAll(`${account}@`, 'somebody@'));
      }
      expect(told[0]).toBe(told[1]);
    },
  );

  it('a probe tells nothing but that there is nothing to see', async () => {
    for (const account of ['user', 'nobody']) {
      remote.send(`<presence type='probe' from='x@${mantua}/r' to='${account}@${verona}'/>`);
      const answer = await answersTo.until(/<presence[^>]*>/);
      expect(answer).toContain('type="unsubscribed"');
      expect(answer).toContain(`from="${account}@${verona}"`);
    }
  });

  it('interest in what an account publishes is neither asked about nor remembered', async () => {
    remote.send(`<presence from='x@${mantua}/r' to='user@${verona}'>${caps}</presence>`);
    remote.send(
      `<iq type='get' id='end' from='x@${mantua}/r' to='${verona}'><ping xmlns='urn:xmpp:ping'/></iq>`,
    );
    const all = await answersTo.until(/<iq[^>]*id="end"[^>]*>/);
    expect(all).not.toContain('disco#info');
    expect(all).not.toContain('private');
  });
});

/** The stream that our server opens to answer; `ask` makes it do so. */
async function answeringStream(back: RawServer, ask: () => void): Promise<RawTcp> {
  ask();
  const stream = await back.accept();
  const features = "<dialback xmlns='urn:xmpp:features:dialback'/>";
  await answerStream(stream, { from: mantua, features, certificate: await certified(mantua) });
  await stream.until(/<\/db:result>/);
  stream.send(`<db:result from='${mantua}' to='${verona}' type='valid'/>`);
  await stream.until(/<iq[^>]*id="0"[^>]*>/);
  return stream;
}
