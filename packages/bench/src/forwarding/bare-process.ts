/**
 * The peer to compare with: nothing but node-datachannel. A packet goes, as it is, to those who are to get it, which its SSRC tells;
 * encodings that nobody is to get end here.
 */
import { isRtcp } from '@conclave/videobridge';
import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';

import { ownAddress } from './messages.js';
import { audioSsrc, LARGE, SMALL, VP8, videoSsrc } from './packets.js';
import { endpointsOf, hasCamera, heardBy, type Scenario, seenBy } from './scenario.js';
import { type Load, run } from './subject.js';
import { freeUdpPort } from './udp-port.js';

const connections: PeerConnection[] = [];
const tracks: Track[] = [];

function offer(port: number, index: number, opened: () => void): string {
  const connection = new nodeDataChannel.PeerConnection(`peer${index}`, {
    iceServers: [],
    bindAddress: ownAddress,
    enableIceUdpMux: true,
    portRangeBegin: port,
    portRangeEnd: port,
    disableAutoNegotiation: true,
  });
  connections.push(connection);
  const video = new nodeDataChannel.Video('media', 'SendRecv');
  video.addVP8Codec(VP8);
  const track = connection.addTrack(video);
  tracks.push(track);
  track.onOpen(opened);
  connection.setLocalDescription('offer');
  const sdp = connection.localDescription()?.sdp ?? '';
  const withoutCandidates = sdp.replace(/a=(candidate|end-of-candidates).*\r\n/g, '');
  return `${withoutCandidates}a=candidate:1 1 UDP 2130706431 ${ownAddress} ${port} typ host\r\n`;
}

function forward(scenario: Scenario): void {
  const receivers = new Map<number, Track[]>();
  const add = (ssrc: number, track: Track): void => {
    receivers.set(ssrc, [...(receivers.get(ssrc) ?? []), track]);
  };
  tracks.forEach((track, endpoint) => {
    seenBy(scenario, endpoint).forEach((sender, place) =>
      add(videoSsrc(sender, place === 0 ? LARGE : SMALL), track),
    );
    for (const speaker of heardBy(scenario, endpoint)) add(audioSsrc(speaker), track);
  });
  for (const track of tracks) {
    track.onMessage((packet) => {
      if (isRtcp(packet)) return;
      const to = receivers.get(packet.readUInt32BE(8));
      if (to === undefined) return;
      for (const receiver of to) receiver.sendMessageBinary(packet);
    });
  }
}

run({
  pid: process.pid,
  async begin(scenario: Scenario, load: Load): Promise<void> {
    const port = await freeUdpPort(ownAddress);
    let opened = (): void => undefined;
    const endpoints = endpointsOf(scenario);
    let missing = endpoints.length;
    const allOpen = new Promise<void>((resolve) => {
      opened = () => {
        if (--missing === 0) resolve();
      };
    });
    for (const index of endpoints) {
      const sends = hasCamera(scenario, index) ? index : undefined;
      const answer = await load.answer(`client${index}`, offer(port, index, opened), sends);
      connections[index]?.setRemoteDescription(answer, 'answer');
    }
    forward(scenario);
    await allOpen;
  },
  stop: () => undefined,
});
