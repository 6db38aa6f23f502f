/** The load generator, a process of its own: the clients of conferences, some of which have cameras and microphones. */
import { setTimeout as delay } from 'node:timers/promises';

import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';

import { Camera, Microphone } from './camera.js';
import { ControlPath } from './control-path.js';
import { type LoadCommand, ownAddress, tell } from './messages.js';
import { audioSsrc, ENCODINGS, OPUS, videoSsrc, VP8 } from './packets.js';
import { endpointsOf, heardBy, type Scenario, seenBy, speaks } from './scenario.js';
import { arrivals, Viewer } from './viewer.js';

/** Ms of a tick, and after how many a camera sends a frame, a microphone a packet and each a report; not all in the same. */
const TICK = 2;
const [FRAME, SOUND, REPORT] = [15, 10, 500];

const connections = new Map<string, PeerConnection>();
/** Closed when they are collected. */
const tracks: Track[] = [];
const cameras = new Map<number, Camera>();
const microphones = new Map<number, Microphone>();
const control = new ControlPath();
let scenario: Scenario | undefined;
/** How large frames are; 0: nothing is sent. */
let factor = 0;
let ticks = 0;
let began = 0;

function connection(name: string): PeerConnection {
  const made = new nodeDataChannel.PeerConnection(name, {
    iceServers: [],
    bindAddress: ownAddress,
    disableAutoNegotiation: true,
  });
  connections.set(name, made);
  return made;
}

/** Lets `video` carry the camera of an endpoint, and `audio`, which may be the same, its microphone. */
function equip(endpoint: number, video: Track, audio: Track): (packet: Buffer) => void {
  const camera = new Camera(endpoint, video);
  cameras.set(endpoint, camera);
  microphones.set(endpoint, new Microphone(endpoint, audio));
  return (packet) => camera.control(packet);
}

async function described(name: string, made: PeerConnection): Promise<void> {
  for (let i = 0; i < 200 && made.gatheringState() !== 'complete'; i++) await delay(5);
  tell({ kind: 'described', connection: name, sdp: made.localDescription()?.sdp ?? '' });
}

async function answer(name: string, offer: string, sends: number | undefined): Promise<void> {
  const made = connection(name);
  let isFirst = true;
  made.onTrack((track) => {
    tracks.push(track);
    const viewer = new Viewer(track);
    const camera = isFirst && sends !== undefined ? equip(sends, track, track) : undefined;
    isFirst = false;
    track.onMessage((packet) => {
      viewer.receive(packet);
      camera?.(packet);
    });
  });
  made.setRemoteDescription(offer, 'offer');
  made.setLocalDescription('answer');
  await described(name, made);
}

async function offer(name: string, sends: number): Promise<void> {
  const made = connection(name);
  const video = new nodeDataChannel.Video('video', 'SendOnly');
  video.addVP8Codec(VP8);
  for (const encoding of ENCODINGS) video.addSSRC(videoSsrc(sends, encoding), 'bench', 'bench', 'video');
  const audio = new nodeDataChannel.Audio('audio', 'SendOnly');
  audio.addOpusCodec(OPUS);
  audio.addSSRC(audioSsrc(sends), 'bench', 'bench', 'audio');
  const [pictures, sound] = [made.addTrack(video), made.addTrack(audio)];
  tracks.push(pictures, sound);
  pictures.onMessage(equip(sends, pictures, sound));
  made.setLocalDescription('offer');
  await described(name, made);
}

async function connect(): Promise<void> {
  while (![...connections.values()].every((each) => each.state() === 'connected')) await delay(20);
  await control.connect();
  tell({ kind: 'connected' });
}

/** What the time since the last call asks for. */
function send(): void {
  const now = performance.now();
  for (; factor > 0 && began + ticks * TICK <= now; ticks++) {
    for (const [endpoint, camera] of cameras) {
      if (ticks % FRAME === endpoint % FRAME) camera.capture(factor);
      if (ticks % REPORT === endpoint % REPORT) camera.report();
    }
    for (const [endpoint, microphone] of microphones) {
      if (scenario === undefined || !speaks(scenario, endpoint)) continue;
      if (ticks % SOUND === endpoint % SOUND) microphone.capture();
      if (ticks % REPORT === endpoint % REPORT) microphone.report();
    }
    control.send();
  }
}

function begin(to: number): void {
  factor = to;
  began = performance.now();
  ticks = 0;
}

/** Packets that were to arrive so far: of each that is seen the large encoding or the smallest, and the sound that is heard. */
function expected(all: Scenario): number {
  let sum = 0;
  for (const endpoint of endpointsOf(all)) {
    seenBy(all, endpoint).forEach((sender, place) => {
      sum += cameras.get(sender)?.sent[place === 0 ? 2 : 0] ?? 0;
    });
    for (const speaker of heardBy(all, endpoint)) sum += microphones.get(speaker)?.sent ?? 0;
  }
  return sum;
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
      scenario = command.scenario;
      void connect();
      break;
    case 'send':
      begin(command.factor);
      break;
    case 'count':
      tell({
        kind: 'counted',
        expected: scenario === undefined ? 0 : expected(scenario),
        received: arrivals.packets,
        latencies: arrivals.latencies,
        control: control.take(),
      });
      arrivals.latencies = [];
      break;
    case 'stop':
      process.exit(0);
  }
}

setInterval(send, TICK);
process.on('message', act);
process.on('disconnect', () => process.exit(0));
