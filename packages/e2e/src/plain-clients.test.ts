/** XMPP clients that we did not write log in over TCP with STARTTLS, trusting our certificate, and talk in a room. */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { el } from '@conclave/signaling';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from './harness/instance.js';
import { runCommand, ServiceProcess } from './harness/service-process.js';
import { TestClient } from './harness/xmpp-client.js';

const script = (name: string) => fileURLToPath(new URL(`../clients/${name}`, import.meta.url));
/** Debian's own Python: slixmpp comes as its package. */
const python = '/usr/bin/python3';
const hasSlixmpp = spawnSync(python, ['-c', 'import slixmpp']).status === 0;

if (!hasSlixmpp && process.getuid?.() === 0)
  throw new Error('python3-slixmpp is missing: apt-get install python3-slixmpp');
if (!hasSlixmpp) process.emitWarning('python3-slixmpp is not installed: its tests are skipped');

const password = 'correct horse';
let instance: Instance;

beforeAll(async () => {
  instance = await startInstance();
  expect(await instance.conclavectl('register', 'ann', instance.domain, password)).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await instance.stop();
});

/** By these Jitsi's clients find what belongs to conferences. */
const components = [
  'av_moderation',
  'breakout_rooms',
  'end_conference',
  'file-sharing',
  'lobbyrooms',
  'polls',
  'room_metadata',
  'speakerstats',
];

interface Seat {
  readonly room: string;
  readonly nick: string;
  readonly peer: string;
  /** A host has an account; a guest has none. */
  readonly host: boolean;
}

const address = ({ room, nick, peer, host }: Seat) => [
  '127.0.0.1',
  String(instance.ports.c2s),
  host ? instance.domain : `guest.${instance.domain}`,
  `${room}@conference.${instance.domain}`,
  nick,
  peer,
];

function xmppJs(seat: Seat): ServiceProcess {
  const credentials = seat.host ? ['ann', password] : [];
  return new ServiceProcess(
    seat.nick,
    [process.execPath, script('xmpp-js.mjs'), ...address(seat), ...credentials],
    { NODE_EXTRA_CA_CERTS: instance.certificate },
    tmpdir(),
  );
}

function slixmpp(seat: Seat, mechanism = 'SCRAM-SHA-256', secret = password): ServiceProcess {
  const credentials = seat.host ? ['ann', secret, mechanism] : [];
  const command = [python, script('slixmpp_client.py'), ...address(seat), instance.certificate] as const;
  return new ServiceProcess(seat.nick, [...command, ...credentials], {}, tmpdir());
}

/** Host and guest greet each other: the guest comes when the host has opened the room. */
async function greetEachOther(host: ServiceProcess, guest: () => ServiceProcess): Promise<void> {
  await host.line(/"joined"/);
  const ends = await Promise.all([host.end(), guest().end()]);
  const done = {
    code: 0,
    output: expect.stringMatching(/^(?=[^]*"secure": ?true)(?=[^]*"joined")(?=[^]*"greeted")/) as string,
  };
  expect(ends).toEqual([done, done]);
}

describe('@xmpp/client', () => {
  it('logs in by SCRAM-SHA-1 and ANONYMOUS, and its users greet each other', async () => {
    const host = xmppJs({ room: 'plain1', nick: 'ann', peer: 'bob', host: true });
    await greetEachOther(host, () => xmppJs({ room: 'plain1', nick: 'bob', peer: 'ann', host: false }));
  });
});

describe.runIf(hasSlixmpp)('slixmpp', () => {
  it.each(['SCRAM-SHA-1', 'SCRAM-SHA-256', 'PLAIN'])(
    'logs in by %s and greets a guest of @xmpp/client',
    async (mechanism) => {
      const room = `plain-${mechanism.toLowerCase()}`;
      const host = slixmpp({ room, nick: 'ann', peer: 'bob', host: true }, mechanism);
      await greetEachOther(host, () => xmppJs({ room, nick: 'bob', peer: 'ann', host: false }));
    },
  );

  it('logs in by ANONYMOUS and greets a host of @xmpp/client', async () => {
    const host = xmppJs({ room: 'plain3', nick: 'ann', peer: 'bob', host: true });
    await greetEachOther(host, () => slixmpp({ room: 'plain3', nick: 'bob', peer: 'ann', host: false }));
  });

  it('opens a conference as a host by entering the room, and is left out of its media', async () => {
    const room = `plain5@conference.${instance.domain}`;
    const guests = await Promise.all([TestClient.guest(instance), TestClient.guest(instance)]);
    const [bob, eve] = guests;
    const ask = (guest: TestClient) => guest.request(instance, { room, machineUid: guest.jid });
    for (const guest of guests)
      expect(await ask(guest)).toMatchObject({ error: { condition: 'not-authorized' } });

    const host = slixmpp({ room: 'plain5', nick: 'ann', peer: 'bob', host: true });
    await host.line(/"joined"/);
    for (const [guest, nick] of [
      [eve, 'eve'],
      [bob, 'bob'],
    ] as const) {
      expect(await ask(guest)).toMatchObject({ response: { ready: true } });
      expect((await guest.join(room, nick)).error).toBeUndefined();
    }
    await Promise.all(guests.map((guest) => guest.invitation()));
    const said =
      (who: string) =>
      (stanza: { name: string; attrs: Record<string, unknown>; getChildText(name: string): string | null }) =>
        stanza.name === 'message' &&
        stanza.attrs['from'] === `${room}/${who}` &&
        stanza.getChildText('body') === `hello from ${who}`;
    await bob.stanza(said('ann'));
    await bob.send(el('message', { to: room, type: 'groupchat' }, el('body', {}, 'hello from bob')));
    await eve.stanza(said('bob'));

    const { code, output } = await host.end();
    expect(code, output).toBe(0);
    for (const nick of ['ann', 'bob', 'eve', 'focus'])
      expect(output).toMatch(new RegExp(`"sees".*"${nick}"`));
    expect(output).not.toContain('offered media');
    // Its leaving ends nothing for the others.
    await bob.stanza(({ attrs }) => attrs['from'] === `${room}/ann` && attrs['type'] === 'unavailable');
    for (const guest of guests) {
      expect(guest.received.join('')).not.toContain('session-terminate');
      await guest.stop();
    }
  });

  it('finds all that instant messaging is made of, by its plugins', async () => {
    expect(await instance.conclavectl('register', 'bob', instance.domain, password)).toMatchObject({
      code: 0,
    });
    const { domain, ports, certificate } = instance;
    const { code, output } = await runCommand(
      [
        python,
        script('slixmpp_features.py'),
        ...['127.0.0.1', String(ports.c2s), domain, certificate, password, 'ann', 'bob'],
      ],
      { PYTHONWARNINGS: 'ignore' },
      tmpdir(),
    );
    expect(code, output).toBe(0);
    const results = JSON.parse(output.split('\n').find((line) => line.startsWith('{')) ?? '{}') as unknown;
    expect(results).toEqual({
      encryption_and_binding: { tls: true, mechanism: 'SCRAM-SHA-256', jid: `ann@${domain}` },
      subscription: 'both',
      disco_0030: {
        identities: [...components.map((type) => `component/${type}`), 'pubsub/pep', 'server/im'],
        rooms: true,
      },
      caps_0115: true,
      rooms_0045: { members: [`bob@${domain}`], name: ['Plugins'] },
      private_xml_0049: ['Attic'],
      // An account that is no administrator's has none.
      commands_0050: [],
      vcard_0054: 'Juliet',
      nodes_0060: ['one'],
      password_0077: true,
      avatar_0084: 'not really a picture',
      typing_0085: 'composing',
      version_0092: 'Conclave',
      receipt_0184: true,
      blocking_0191: { blocked: [`bob@${domain}`], condition: 'service-unavailable' },
      resumption_0198: true,
      ping_0199: true,
      time_0202: 'Z',
      carbons_0280: 'from the desk',
      archive_0313: ['one', 'two', 'three'],
      marker_0333: 'an-id',
      client_state_0352: true,
      upload_0363: 'notes.txt',
      nonsense: 'service-unavailable',
    });
  });

  it('is refused with a wrong password', async () => {
    const seat = { room: 'plain4', nick: 'ann', peer: 'bob', host: true };
    expect(await slixmpp(seat, 'SCRAM-SHA-256', 'wrong').end()).toEqual({
      code: 1,
      output: expect.stringContaining('failed_auth') as string,
    });
  });
});
