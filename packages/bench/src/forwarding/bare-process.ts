/** The peer to compare with: nothing but node-datachannel. Whatever the first client sends goes to all others as it is. */
import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';

import { type SubjectCommand, tell } from './messages.js';
import { VIDEO_SSRC } from './packets.js';
import { freeUdpPort } from './udp-port.js';

const connections: PeerConnection[] = [];
const tracks: Track[] = [];
let open = 0;
let forwarded = 0;

function offer(port: number, index: number): string {
  const connection = new nodeDataChannel.PeerConnection(`peer${index}`, {
    iceServers: [],
    bindAddress: '127.0.0.1',
    enableIceUdpMux: true,
    portRangeBegin: port,
    portRangeEnd: port,
    disableAutoNegotiation: true,
  });
  connections.push(connection);
  const video = new nodeDataChannel.Video('media', 'SendRecv');
  video.addVP8Codec(100);
  video.addSSRC(VIDEO_SSRC, 'bench');
  const track = connection.addTrack(video);
  tracks.push(track);
  track.onOpen(() => {
    open += 1;
    if (open === connections.length) tell({ kind: 'connected' });
  });
  connection.setLocalDescription('offer');
  const sdp = connection.localDescription()?.sdp ?? '';
  const withoutCandidates = sdp.replace(/a=(candidate|end-of-candidates).*\r\n/g, '');
  return `${withoutCandidates}a=candidate:1 1 UDP 2130706431 127.0.0.1 ${port} typ host\r\n`;
}

function forwardFirst(): void {
  const [sender, ...receivers] = tracks;
  sender?.onMessage((packet) => {
    for (const receiver of receivers) receiver.sendMessageBinary(packet);
    forwarded += receivers.length;
  });
}

async function act(command: SubjectCommand): Promise<void> {
  switch (command.kind) {
    case 'offers': {
      const port = await freeUdpPort();
      const offers = Array.from({ length: command.count }, (_, index) => offer(port, index));
      forwardFirst();
      tell({ kind: 'offers', offers });
      break;
    }
    case 'answers':
      command.answers.forEach((answer, index) => connections[index]?.setRemoteDescription(answer, 'answer'));
      break;
    case 'measure': {
      const { user, system } = process.cpuUsage();
      tell({ kind: 'measured', measurement: { cpu: user + system, forwarded } });
      break;
    }
    case 'stop':
      process.exit(0);
  }
}

process.on('message', (command: SubjectCommand) => void act(command));
process.on('disconnect', () => process.exit(0));
