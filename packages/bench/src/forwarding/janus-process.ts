/** A peer to compare with: Debian's janus and its videoroom. Who has a camera publishes on a connection of its own, as janus wants it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { JanusClient } from './janus-client.js';
import { type Scenario, sourcesOf } from './scenario.js';
import { type Load, run } from './subject.js';

/** In a network namespace of its own nobody else has it. */
const PORT = 8188;
const room = 1;

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

async function publish(client: JanusClient, index: number, load: Load): Promise<void> {
  const handle = await client.attach();
  const id = index + 1;
  await client.request(handle, { request: 'join', ptype: 'publisher', room, id });
  const sdp = await load.offer(`publisher${index}`, index);
  const { jsep } = await client.request(
    handle,
    { request: 'configure', video: true },
    { type: 'offer', sdp },
  );
  load.accept(`publisher${index}`, jsep?.sdp ?? '');
}

async function subscribe(client: JanusClient, index: number, scenario: Scenario, load: Load): Promise<void> {
  const handle = await client.attach();
  const streams = sourcesOf(scenario, index).map((sender) => ({ feed: sender + 1 }));
  const { jsep } = await client.request(handle, { request: 'join', ptype: 'subscriber', room, streams });
  const sdp = await load.answer(`subscriber${index}`, jsep?.sdp ?? '');
  await client.request(handle, { request: 'start' }, { type: 'answer', sdp });
}

run({
  pid: janus.pid ?? 0,
  async begin(scenario: Scenario, load: Load): Promise<void> {
    const client = await connected();
    await client.request(await client.attach(), {
      request: 'create',
      room,
      publishers: scenario.senders,
      // No cap, as our bridge has none where nobody tells it of bandwidth.
      bitrate: 0,
      videocodec: 'vp8',
      audiocodec: 'opus',
    });
    for (let index = 0; index < scenario.senders; index++) await publish(client, index, load);
    // What is published can be subscribed to once its connection stands.
    await delay(1000);
    for (let index = 0; index < scenario.endpoints; index++) {
      if (sourcesOf(scenario, index).length > 0) await subscribe(client, index, scenario, load);
    }
  },
  stop: () => {
    janus.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  },
});
