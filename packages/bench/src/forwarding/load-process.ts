/** The load generator, a process of its own: one client that sends video and many that receive it. */
import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';

import { type LoadCommand, tell } from './messages.js';
import { renumber, videoPacket } from './packets.js';

const BURST_INTERVAL = 10;

const connections: PeerConnection[] = [];
const tracks: Track[] = [];
let open = 0;
let received = 0;
let rate = 0;
let sent = 0;
let owed = 0;
let last = performance.now();

function answer(offer: string, index: number): string {
  const connection = new nodeDataChannel.PeerConnection(`client${index}`, {
    iceServers: [],
    bindAddress: '127.0.0.1',
    disableAutoNegotiation: true,
  });
  connections.push(connection);
  connection.onTrack((track) => {
    tracks[index] = track;
    track.onMessage(() => (received += 1));
    track.onOpen(() => {
      open += 1;
      if (open === connections.length) tell({ kind: 'connected' });
    });
  });
  connection.setRemoteDescription(offer, 'offer');
  connection.setLocalDescription('answer');
  return connection.localDescription()?.sdp ?? '';
}

/** Sends what the rate asks for since the last burst, like a camera's frames. */
function burst(packet: Buffer): void {
  const now = performance.now();
  owed = rate === 0 ? 0 : owed + ((now - last) * rate) / 1000;
  last = now;
  for (; owed >= 1; owed--) tracks[0]?.sendMessageBinary(renumber(packet, sent++));
}

function act(command: LoadCommand): void {
  switch (command.kind) {
    case 'offers':
      tell({ kind: 'answers', answers: command.offers.map(answer) });
      break;
    case 'rate':
      rate = command.rate;
      break;
    case 'count':
      tell({ kind: 'counted', received });
      break;
    case 'stop':
      process.exit(0);
  }
}

const packet = videoPacket();
setInterval(() => burst(packet), BURST_INTERVAL);
process.on('message', act);
process.on('disconnect', () => process.exit(0));
