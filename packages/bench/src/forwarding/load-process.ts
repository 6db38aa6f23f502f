/** The load generator, a process of its own: the clients of a conference, some of which have cameras. */
import { setTimeout as delay } from 'node:timers/promises';

import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';

import { type LoadCommand, ownAddress, tell } from './messages.js';
import { PACKET_LENGTH, renumber, stamp, stampOf, videoPacket, videoSsrc } from './packets.js';

const BURST_INTERVAL = 10;
/** One packet in so many is asked how long it took. */
const SAMPLED = 8;
const MAX_SAMPLES = 20_000;

interface Camera {
  readonly track: Track;
  readonly packet: Buffer;
}

const connections = new Map<string, PeerConnection>();
/** Closed when they are collected. */
const tracks: Track[] = [];
const cameras: Camera[] = [];
let received = 0;
let rate = 0;
let sent = 0;
let index = 0;
let owed = 0;
let last = performance.now();
let latencies: number[] = [];

function connection(name: string): PeerConnection {
  const made = new nodeDataChannel.PeerConnection(name, {
    iceServers: [],
    bindAddress: ownAddress,
    disableAutoNegotiation: true,
  });
  connections.set(name, made);
  return made;
}

function receive(packet: Buffer): void {
  // Reports, and what a peer sends to try the way.
  if (packet.length < PACKET_LENGTH / 2) return;
  received += 1;
  if (received % SAMPLED === 0 && latencies.length < MAX_SAMPLES) {
    latencies.push(performance.now() - stampOf(packet));
  }
}

function addCamera(track: Track, sends: number): void {
  cameras.push({ track, packet: videoPacket(sends) });
}

async function described(name: string, made: PeerConnection): Promise<void> {
  for (let i = 0; i < 100 && made.gatheringState() !== 'complete'; i++) await delay(5);
  tell({ kind: 'described', connection: name, sdp: made.localDescription()?.sdp ?? '' });
}

async function answer(name: string, offer: string, sends: number | undefined): Promise<void> {
  const made = connection(name);
  let isFirst = true;
  made.onTrack((track) => {
    tracks.push(track);
    track.onMessage(receive);
    if (isFirst && sends !== undefined) addCamera(track, sends);
    isFirst = false;
  });
  made.setRemoteDescription(offer, 'offer');
  made.setLocalDescription('answer');
  await described(name, made);
}

async function offer(name: string, sends: number): Promise<void> {
  const made = connection(name);
  const video = new nodeDataChannel.Video('media', 'SendOnly');
  video.addVP8Codec(100);
  video.addSSRC(videoSsrc(sends), 'bench', 'bench', 'video');
  const track = made.addTrack(video);
  tracks.push(track);
  addCamera(track, sends);
  made.setLocalDescription('offer');
  await described(name, made);
}

async function connect(): Promise<void> {
  while (![...connections.values()].every((each) => each.state() === 'connected')) await delay(20);
  tell({ kind: 'connected' });
}

/** Sends what the rate asks for since the last burst, like a camera's frames. */
function burst(): void {
  const now = performance.now();
  owed = rate === 0 ? 0 : owed + ((now - last) * rate) / 1000;
  last = now;
  for (; owed >= 1; owed--) {
    for (const { track, packet } of cameras) {
      stamp(renumber(packet, index), performance.now());
      if (track.sendMessageBinary(packet)) sent += 1;
    }
    index += 1;
  }
}

function act(command: LoadCommand): void {
  switch (command.kind) {
    case 'answer':
      void answer(command.connection, command.offer, command.sends);
      break;
    case 'offer':
      void offer(command.connection, command.sends);
      break;
    case 'accept':
      connections.get(command.connection)?.setRemoteDescription(command.answer, 'answer');
      break;
    case 'connect':
      void connect();
      break;
    case 'rate':
      rate = command.rate;
      break;
    case 'count':
      tell({ kind: 'counted', sent, received, latencies });
      latencies = [];
      break;
    case 'stop':
      process.exit(0);
  }
}

setInterval(burst, BURST_INTERVAL);
process.on('message', act);
process.on('disconnect', () => process.exit(0));
