/** A peer to compare with: Debian's janus and its videoroom. Who has a camera publishes on a connection of its own, as janus wants it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { JanusClient } from './janus-client.js';
import { ENCODINGS, LARGE, SMALL, videoSsrc } from './packets.js';
import { endpointsOf, hasCamera, heardBy, type Scenario, seenBy } from './scenario.js';
import { type Load, run } from './subject.js';

/** In a network namespace of its own nobody else has it. */
const PORT = 8188;

const directory = mkdtempSync(join(tmpdir(), 'bench-janus-'));
writeFileSync(
  join(directory, 'janus.jcfg'),
  'general: { debug_level = 1 }\nnat: { ice_lite = false }\nplugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_voicemail.so,libjanus_echotest.so" }\n' +
    'transports: { disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so" }\n',
);
writeFileSync(
  join(directory, 'janus.transport.websockets.jcfg'),
  `general: { json = "compact"; ws = true; ws_port = ${PORT}; ws_interface = "lo"; wss = false }\n`,
);
writeFileSync(join(directory, 'janus.plugin.videoroom.jcfg'), 'general: { }\n');
const janus = spawn('janus', ['-F', directory, '--disable-colors'], { stdio: 'ignore' });
janus.on('error', () => process.exit(1));

async function connected(): Promise<JanusClient> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await JanusClient.connect(`ws://127.0.0.1:${PORT}`);
    } catch (error) {
      if (attempt === 50) throw error;
      await delay(100);
    }
  }
}

/** Tells janus, as browsers did before they had RIDs, that three streams are one in three encodings. */
function withSimulcast(sdp: string, endpoint: number): string {
  const ssrcs = ENCODINGS.map((encoding) => videoSsrc(endpoint, encoding));
  return sdp.replace(`a=ssrc:${ssrcs[0] ?? 0} `, `a=ssrc-group:SIM ${ssrcs.join(' ')}\r\n$&`);
}

async function publish(client: JanusClient, index: number, room: number, load: Load): Promise<void> {
  const handle = await client.attach();
  await client.request(handle, { request: 'join', ptype: 'publisher', room, id: index + 1 });
  const sdp = withSimulcast(await load.offer(`publisher${index}`, index), index);
  const { jsep } = await client.request(
    handle,
    { request: 'configure', video: true, audio: true },
    { type: 'offer', sdp },
  );
  load.accept(`publisher${index}`, jsep?.sdp ?? '');
}

interface SubscribedStream {
  readonly mid: string;
  readonly type: string;
  readonly feed_id: number;
}

async function subscribe(
  client: JanusClient,
  index: number,
  room: number,
  scenario: Scenario,
  load: Load,
): Promise<void> {
  const [large, ...small] = seenBy(scenario, index);
  const heard = heardBy(scenario, index);
  if (large === undefined) return;
  const handle = await client.attach();
  const feed = (mid: string) => (sender: number) => ({ feed: sender + 1, mid });
  const streams = [...[large, ...small].map(feed('video')), ...heard.map(feed('audio'))];
  const { data, jsep } = await client.request(handle, {
    request: 'join',
    ptype: 'subscriber',
    room,
    streams,
  });
  const sdp = await load.answer(`subscriber${index}`, jsep?.sdp ?? '');
  await client.request(handle, { request: 'start' }, { type: 'answer', sdp });
  const videos = (data['streams'] as readonly SubscribedStream[]).filter(({ type }) => type === 'video');
  const layers = videos.map((stream) => ({
    mid: stream.mid,
    substream: stream.feed_id === large + 1 ? LARGE : SMALL,
    temporal: 2,
  }));
  await client.request(handle, { request: 'configure', streams: layers });
}

run({
  pid: janus.pid ?? 0,
  async begin(scenario: Scenario, load: Load): Promise<void> {
    const client = await connected();
    const manager = await client.attach();
    for (let room = 1; room <= scenario.conferences; room++) {
      await client.request(manager, {
        request: 'create',
        room,
        publishers: scenario.cameras,
        // No cap, as our bridge has none where nobody tells it of bandwidth.
        bitrate: 0,
        videocodec: 'vp8',
        audiocodec: 'opus',
      });
    }
    const roomOf = (index: number): number => Math.floor(index / scenario.endpoints) + 1;
    const all = endpointsOf(scenario);
    for (const index of all.filter((each) => hasCamera(scenario, each))) {
      await publish(client, index, roomOf(index), load);
    }
    // What is published can be subscribed to once its connection stands.
    await delay(1000);
    for (const index of all) await subscribe(client, index, roomOf(index), scenario, load);
  },
  stop: () => {
    janus.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  },
});
