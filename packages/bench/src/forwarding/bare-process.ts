/** The peer to compare with: nothing but node-datachannel. Whatever a client sends goes to those who are to get it, as it is. */
import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';

import { ownAddress } from './messages.js';
import { videoSsrc } from './packets.js';
import { type Scenario, sourcesOf } from './scenario.js';
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
  video.addVP8Codec(100);
  video.addSSRC(videoSsrc(index), 'bench');
  const track = connection.addTrack(video);
  tracks.push(track);
  track.onOpen(opened);
  connection.setLocalDescription('offer');
  const sdp = connection.localDescription()?.sdp ?? '';
  const withoutCandidates = sdp.replace(/a=(candidate|end-of-candidates).*\r\n/g, '');
  return `${withoutCandidates}a=candidate:1 1 UDP 2130706431 ${ownAddress} ${port} typ host\r\n`;
}

function forward(scenario: Scenario): void {
  const receivers = tracks.map(() => [] as Track[]);
  tracks.forEach((track, index) => {
    for (const sender of sourcesOf(scenario, index)) receivers[sender]?.push(track);
  });
  tracks.slice(0, scenario.senders).forEach((track, index) => {
    const to = receivers[index] ?? [];
    track.onMessage((packet) => {
      for (const receiver of to) receiver.sendMessageBinary(packet);
    });
  });
}

run({
  pid: process.pid,
  async begin(scenario: Scenario, load: Load): Promise<void> {
    const port = await freeUdpPort(ownAddress);
    let opened = (): void => undefined;
    let missing = scenario.endpoints;
    const allOpen = new Promise<void>((resolve) => {
      opened = () => {
        if (--missing === 0) resolve();
      };
    });
    for (let index = 0; index < scenario.endpoints; index++) {
      const sends = index < scenario.senders ? index : undefined;
      const answer = await load.answer(`client${index}`, offer(port, index, opened), sends);
      connections[index]?.setRemoteDescription(answer, 'answer');
    }
    forward(scenario);
    await allOpen;
  },
  stop: () => undefined,
});
