/** The sound of a conference at a service, over a real WebSocket: what it gets, how it is lost and found, and what it may say. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Connect } from '@conclave/signaling';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';

import { modifyConference } from '../colibri/conference-modify.js';
import { AudioSource } from '../conference/audio-source.js';
import { EndpointFormats } from '../conference/formats.js';
import { audioSource, Meeting, OPUS, rtpPacket } from '../conference/meeting.testing.js';
import { readRtp, rtpView } from '../rtp/rtp-packet.js';
import { ConferenceExports } from './exports.js';
import { MAX_BUFFERED, QUEUE } from './feed.js';

type Event = Record<string, unknown> & { readonly event: string; readonly media: Record<string, unknown> };

/** A service that remembers what it is told. */
class Service {
  readonly events: Event[] = [];
  readonly connections: { readonly socket: WebSocket; readonly request: IncomingMessage }[] = [];
  #wake: (() => void) | undefined;

  private constructor(readonly server: WebSocketServer) {
    server.on('connection', (socket, request) => {
      this.connections.push({ socket, request });
      socket.on('message', (data: Buffer) => {
        this.events.push(JSON.parse(data.toString()) as Event);
        this.#wake?.();
      });
      socket.on('close', () => this.#wake?.());
      this.#wake?.();
    });
  }

  static async open(port = 0): Promise<Service> {
    const server = new WebSocketServer({ host: '127.0.0.1', port });
    await once(server, 'listening');
    return new Service(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** So many events of a kind. */
  async heard(event: string, count = 1): Promise<Event[]> {
    const found = (): Event[] => this.events.filter((each) => each.event === event);
    await this.until(() => found().length >= count);
    return found();
  }

  close(): void {
    for (const { socket } of this.connections) socket.terminate();
    this.server.close();
  }
}

const formats = new EndpointFormats();
const audio = (id: number, name: string) =>
  ({ id, name, clockrate: 48_000, channels: 2, parameters: {}, rtcpFeedback: [] }) as const;
formats.add([
  {
    type: 'audio',
    payloadTypes: [audio(111, 'opus'), audio(63, 'red')],
    headerExtensions: [{ id: 1, uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level' }],
    extmapAllowMixed: true,
  },
]);

let service: Service;
let exports: ConferenceExports;
const [transcribed, made, sendingChanged] = [vi.fn(), vi.fn(), vi.fn()];

beforeEach(async () => {
  for (const each of [transcribed, made, sendingChanged]) each.mockReset();
  service = await Service.open();
  exports = new ConferenceExports(
    { transcribed, made, sendingChanged, diarizes: (id) => id === 'room' },
    {
      application: { name: 'bridge', version: '1', region: 'eu' },
      clock: () => performance.now(),
      log: pino({ level: 'silent' }),
    },
  );
});

afterEach(() => {
  exports.close();
  service.close();
});

const connect = (more: Partial<Connect> = {}): Connect => ({
  id: 'a',
  url: `ws://127.0.0.1:${service.port}/feed?x=1`,
  protocol: 'mediajson',
  type: 'transcriber',
  audio: true,
  headers: [{ name: 'Authorization', value: 'Bearer secret' }],
  exports: [],
  requests: [],
  create: true,
  ...more,
});

const source = (owner: string, ssrc: number): AudioSource =>
  new AudioSource(owner, `${owner}-a0`, { ssrc, rtx: undefined }, formats);
const alice = source('alice', 1);
const room = source('room', 2);

/** A packet with a level of 30 dB below the loudest, and speech. */
function speak(from: AudioSource, sequence: number, payload = Buffer.from('sound'), payloadType = 111): void {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x90, 0);
  header.writeUInt8(payloadType, 1);
  header.writeUInt16BE(sequence, 2);
  header.writeUInt32BE(960 * sequence, 4);
  header.writeUInt32BE(from.ssrc, 8);
  header.writeUInt16BE(0xbede, 12);
  header.writeUInt16BE(1, 14);
  header.writeUInt8(1 << 4, 16);
  header.writeUInt8(0x80 | 30, 17);
  const packet = Buffer.concat([header, payload]);
  const view = rtpView();
  expect(readRtp(packet, formats.extensions, view)).toBe(true);
  exports.take(from, packet, 65_536 + sequence, view);
  packet.fill(0);
}

describe('a service', () => {
  it('gets all sound, with who says it, from where it was told to ask for it', async () => {
    exports.change([connect()]);
    speak(alice, 1);
    speak(room, 7);
    const media = await service.heard('media', 2);
    expect(service.connections[0]?.request).toMatchObject({
      url: '/feed?x=1',
      headers: { authorization: 'Bearer secret' },
    });
    expect(service.events[0]).toEqual({ event: 'info', application: 'bridge', version: '1', region: 'eu' });
    expect(media[0]).toMatchObject({
      media: {
        tag: 'alice-a0',
        chunk: '65537',
        payload: Buffer.from('sound').toString('base64'),
        audioLevel: 30,
        vad: true,
      },
    });
    expect(await service.heard('start', 2)).toMatchObject([
      {
        start: {
          tag: 'alice-a0',
          mediaFormat: { encoding: 'opus', sampleRate: 48_000, channels: 2 },
          customParameters: { endpointId: 'alice' },
        },
      },
      { start: { tag: 'room-a0', diarize: true } },
    ]);
  });

  it('gets what it was said to get only, and is told when that changes', async () => {
    exports.change([connect({ exports: ['alice-a0'], requests: ['alice-a0.de'] })]);
    speak(room, 1);
    speak(alice, 1);
    await service.heard('media');
    exports.change([connect({ create: false, exports: ['room-a0'] })]);
    speak(alice, 2);
    speak(room, 2);
    const media = await service.heard('media', 2);
    expect(media.map(({ media }) => (media as { tag: string }).tag)).toEqual(['alice-a0', 'room-a0']);
    expect(await service.heard('sources', 2)).toEqual([
      { event: 'sources', exports: ['alice-a0'], requests: ['alice-a0.de'] },
      { event: 'sources', exports: ['room-a0'], requests: [] },
    ]);
  });

  it('gets sound without its repetitions, and nothing where there is none', async () => {
    exports.change([connect()]);
    const redundant = Buffer.from([0x80 | 111, 0x0f, 0x00, 0x03, 111, 1, 2, 3, 4, 5]);
    speak(alice, 1, redundant, 63);
    speak(alice, 2, Buffer.from([0x80]), 63);
    speak(alice, 3, Buffer.from('x'), 99);
    speak(alice, 4, Buffer.alloc(0));
    speak(alice, 5, Buffer.from('end'));
    const media = await service.heard('media', 2);
    expect(media.map(({ media }) => (media as { payload: string }).payload)).toEqual([
      Buffer.from([4, 5]).toString('base64'),
      Buffer.from('end').toString('base64'),
    ]);
    expect(await service.heard('start')).toHaveLength(1);
  });

  it('is told of the end', async () => {
    exports.change([connect()]);
    await service.heard('info');
    const [connection] = service.connections;
    const closed = once(connection!.socket, 'close');
    exports.change([connect({ expire: true })]);
    await service.heard('session-end');
    expect((await closed)[0]).toBe(1000);
    speak(alice, 1);
    expect(exports.size).toBe(0);
  });

  it('may tell everybody what it has understood, at the pace of speech, and nothing else', async () => {
    exports.change([connect()]);
    await service.heard('info');
    const { socket } = service.connections[0]!;
    socket.send('nonsense');
    for (let i = 0; i < 1000; i++)
      socket.send(JSON.stringify({ event: 'transcription-result', text: `${i}` }));
    socket.send(JSON.stringify({ event: 'ping', id: 5 }));
    expect(await service.heard('pong')).toEqual([{ event: 'pong', id: 5 }]);
    expect(transcribed).toHaveBeenCalledWith({ event: 'transcription-result', text: '0' });
    expect(transcribed.mock.calls.length).toBeLessThan(200);
  });

  it('is counted by what it says', async () => {
    exports.change([connect({ requests: ['alice-a0.de'] })]);
    await service.heard('info');
    const { socket } = service.connections[0]!;
    const time = { tag: 'alice-a0.de', timestamp: '960' };
    for (const event of [
      { event: 'info', application: 'transcriber' },
      { event: 'transcription-result' },
      { event: 'start', start: time },
      { event: 'media', media: { ...time, chunk: '1', payload: 'c291bmQ=' } },
      { event: 'stop', stop: time },
      // Of what is sent to services, and a beginning of no time.
      { event: 'sources', exports: [], requests: [] },
      { event: 'start', start: { tag: 'alice-a0.de' } },
      { event: 'nonsense' },
      { event: 'ping', id: 5 },
    ])
      socket.send(JSON.stringify(event));
    socket.send('nonsense');
    await service.heard('pong');
    await expect.poll(() => exports.counts.parseFailures).toBe(2);
    expect(exports.counts).toMatchObject({
      starts: 1,
      transcriptsReceived: 1,
      mediaEventsReceived: 1,
      sendingChangesReceived: 2,
      infoReceived: 1,
      otherMessagesReceived: 3,
    });
  });
});

describe('a service that makes sound', () => {
  const german = { tag: 'alice-a0.de', chunk: '7', timestamp: '960', payload: 'c291bmQ=' };
  const say = (event: object): void => service.connections[0]?.socket.send(JSON.stringify(event));
  /** Resolves when all that was said before has been heard. */
  const heard = async (): Promise<void> => {
    say({ event: 'ping', id: 1 });
    await service.heard('pong');
  };

  it('is heard with what was asked of it, and with nothing else', async () => {
    exports.change([connect({ requests: ['alice-a0.de'] })]);
    await service.heard('info');
    say({ event: 'start', start: { tag: 'alice-a0.de', timestamp: '4294967297' } });
    say({ event: 'media', media: german });
    say({ event: 'media', media: { ...german, tag: 'alice-a0' } });
    say({ event: 'stop', stop: { tag: 'alice-a0', timestamp: '960' } });
    await heard();
    expect(made.mock.calls).toMatchObject([[{ tag: 'alice-a0.de', chunk: 7, timestamp: 960 }]]);
    expect(sendingChanged.mock.calls).toEqual([['alice-a0.de', true, 1]]);
    expect([exports.makes('alice-a0.de'), exports.makes('alice-a0')]).toEqual([true, false]);
  });

  it('is not heard faster than many people speak', async () => {
    exports.change([connect({ requests: ['alice-a0.de'] })]);
    await service.heard('info');
    for (let chunk = 0; chunk < 10_000; chunk++) say({ event: 'media', media: { ...german, chunk } });
    await heard();
    expect(made.mock.calls.length).toBeLessThan(9000);
  });

  it('gets nothing of what services make, unless that is said', async () => {
    const translated = new AudioSource('alice', 'alice-a0.de', { ssrc: 3, rtx: undefined }, formats, true);
    exports.change([connect({ requests: ['alice-a0.de'] }), connect({ id: 'b', exports: ['alice-a0.de'] })]);
    speak(translated, 1);
    speak(alice, 1);
    const media = await service.heard('media', 2);
    const tags = media.map(({ media: { tag } }) => tag as string).sort();
    expect(tags).toEqual(['alice-a0', 'alice-a0.de']);
  });
});

describe('a connection', () => {
  it('that is lost comes back, with everything said anew', async () => {
    exports.change([connect()]);
    speak(alice, 1);
    await service.heard('media');
    service.connections[0]?.socket.terminate();
    await service.until(() => service.connections.length === 2);
    speak(alice, 2);
    expect(await service.heard('start', 2)).toMatchObject([{ sequenceNumber: '0' }, { sequenceNumber: '0' }]);
    expect(exports.counts).toMatchObject({ starts: 1, failures: 1, internalErrors: 0 });
  });

  it('that the service ends for an error of its own is counted as such', async () => {
    exports.change([connect()]);
    await service.heard('info');
    service.connections[0]?.socket.close(1011);
    await service.until(() => service.connections.length === 2);
    expect(exports.counts).toMatchObject({ starts: 1, failures: 1, internalErrors: 1 });
  });

  it('that is not answered any more is given up', async () => {
    exports.change([connect({ ping: { intervalMs: 5, timeoutMs: 20 } })]);
    await service.heard('ping');
    await service.until(() => service.connections.length === 2);
    const { socket } = service.connections[1]!;
    socket.on('message', (data: Buffer) => {
      const { event, id } = JSON.parse(data.toString()) as Event;
      if (event === 'ping') socket.send(JSON.stringify({ event: 'pong', id }));
    });
    await service.heard('ping', 6);
    expect(socket.readyState).toBe(socket.OPEN);
  });

  it('that is not there yet finds what was said meanwhile, as far as there is room', async () => {
    exports.change([connect()]);
    for (let i = 0; i < QUEUE + 10; i++) speak(alice, i);
    const media = await service.heard('media', QUEUE);
    expect(media[0]).toMatchObject({ media: { chunk: '65546' } });
    expect(exports.counts).toMatchObject({ packetsSent: QUEUE, packetsDropped: 10 });
  });

  it('that takes nothing costs so much memory and no more, and holds nobody up', async () => {
    exports.change([connect()]);
    await service.heard('info');
    service.connections[0]?.socket.pause();
    const sound = Buffer.alloc(1000, 1);
    // What a paused peer's system still takes comes on top of what waits here.
    for (let i = 0; i < 20_000; i++) speak(alice, i % 65_536, sound);
    const { packetsSent, packetsDropped } = exports.counts;
    expect(packetsDropped).toBeGreaterThan(10_000);
    expect(packetsSent * 1300).toBeLessThan(8 * MAX_BUFFERED);
  });

  it('to nowhere is tried again, and ends when it is no longer wanted', async () => {
    const nowhere = connect();
    service.close();
    exports.change([nowhere]);
    await expect.poll(() => exports.counts.failures).toBe(2);
    service = await Service.open();
    exports.change([connect({ expire: true }), connect()]);
    await service.heard('info');
    expect(exports.state).toMatchObject({ a: { state: 'open', type: 'transcriber' } });
  });
});

describe('a conference', () => {
  it('is exported as the focus asks, whoever speaks and whether or not anybody else is there to hear', async () => {
    const meeting = await Meeting.open();
    try {
      const speaker = await meeting.join('alice', [audioSource('alice', 1)]);
      const modify = (...connects: Connect[]) =>
        modifyConference(meeting.bridge, { meetingId: 'meeting', endpoints: [], connects }, () => []);
      expect(modify(connect({ video: true }))).toMatchObject({ condition: 'feature-not-implemented' });
      expect(modify(connect())).toMatchObject({ endpoints: [] });
      const said = { payloadType: OPUS, ssrc: 1, sequence: 9, payload: Buffer.from('hello') };
      speaker.client.send(rtpPacket(said));
      expect(await service.heard('media')).toMatchObject([
        { media: { tag: 'alice-a0', payload: Buffer.from('hello').toString('base64') } },
      ]);
      service.connections[0]?.socket.send('{"event":"transcription-result","text":"hello"}');
      expect(meeting.bridge.exported).toMatchObject({ packetsSent: 1, packetsDropped: 0 });
      meeting.bridge.expireConference(meeting.conference, 'over');
      await service.heard('session-end');
      expect(meeting.bridge.exported).toMatchObject({ packetsSent: 1 });
    } finally {
      meeting.close();
    }
  });

  it('is sent translations as the focus asks: to those who want them, and to nobody else', async () => {
    const meeting = await Meeting.open();
    try {
      const german = { ...audioSource('alice', 31), id: 'alice-a0.de', synthetic: true } as const;
      const [speaker, listener, other] = await meeting.together(
        meeting.join('alice', [audioSource('alice', 1), german]),
        meeting.join('bob'),
        meeting.join('carol'),
      );
      for (const { endpoint } of [speaker, listener]) {
        endpoint.reception.subscribe({
          colibriClass: 'ReceiverAudioSubscription',
          all: true,
          include: ['alice-a0.de'],
          exclude: [],
        });
      }
      meeting.conference.rebuild();
      const told: string[] = [];
      await other.client.openChannel('JVB data channel', '', (text) => told.push(text));
      modifyConference(
        meeting.bridge,
        { meetingId: 'meeting', endpoints: [], connects: [connect({ requests: ['alice-a0.de'] })] },
        () => [],
      );
      await service.heard('info');
      const say = (event: object): void => service.connections[0]?.socket.send(JSON.stringify(event));
      // Nobody makes it but the service.
      speaker.client.send(rtpPacket({ payloadType: OPUS, ssrc: 31, sequence: 6 }));
      say({ event: 'start', start: { tag: 'alice-a0.de', timestamp: '960' } });
      say({
        event: 'media',
        media: { tag: 'alice-a0.de', chunk: '65543', timestamp: '960', payload: 'c291bmQ=' },
      });
      for (const member of [speaker, listener]) {
        const packet = await member.rtp(31);
        expect([packet.readUInt16BE(2), packet.readUInt32BE(4)]).toEqual([7, 960]);
        expect(packet.subarray(12).toString()).toBe('sound');
      }
      await vi.waitFor(() =>
        expect(told.map((text) => JSON.parse(text) as unknown)).toContainEqual({
          colibriClass: 'SyntheticSourceSendingChangeEvent',
          sourceName: 'alice-a0.de',
          sending: true,
          timestamp: 960,
        }),
      );
      speaker.client.send(rtpPacket({ payloadType: OPUS, ssrc: 1, sequence: 9 }));
      await other.rtp(1, 9);
      expect(other.packets.some((packet) => packet.readUInt32BE(8) === 31)).toBe(false);
    } finally {
      meeting.close();
    }
  });
});
