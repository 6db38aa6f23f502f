/**
 * The least that Node can do for this load: no XML, no accounts, no checks; a room's message is made once, and each socket gets one write a
 * turn of the event loop. What our server costs beyond it is what our server does.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { collectGarbage } from './collected.js';
import type { ServerReply } from './conclave.js';
import { guestDomain } from './server.js';

const header = `<?xml version='1.0'?><stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" id="1" version="1.0">`;
const features =
  '<stream:features><mechanisms><mechanism>ANONYMOUS</mechanism></mechanisms></stream:features>';
const frame = /<stream:stream |<(auth|iq|presence|message)\b[^>]*?(?:\/>|>.*?<\/\1>)/gs;

interface Peer {
  readonly jid: string;
  readonly socket: Socket;
  unsent: string;
}

const peers = new Map<string, Peer>();
const rooms = new Map<string, Map<Peer, string>>();
let waiting: Peer[] = [];

function flush(): void {
  for (const peer of waiting) {
    peer.socket.write(peer.unsent);
    peer.unsent = '';
  }
  waiting = [];
}

function send(peer: Peer, text: string): void {
  if (peer.unsent === '') {
    if (waiting.length === 0) setImmediate(flush);
    waiting.push(peer);
  }
  peer.unsent += text;
}

function handle(peer: Peer, text: string): void {
  if (text.startsWith('<stream')) send(peer, header + features);
  else if (text.startsWith('<auth')) send(peer, '<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>');
  else if (text.startsWith('<iq'))
    send(peer, `<iq type="result" id="bind"><bind><jid>${peer.jid}</jid></bind></iq>`);
  else {
    const to = /to="([^"]*)"/.exec(text)?.[1] ?? '';
    const [address = '', resource = ''] = to.split('/');
    if (text.startsWith('<presence')) enter(peer, address, resource);
    else if (resource === '') speak(peer, address, text);
    else {
      const receiver = peers.get(to);
      if (receiver !== undefined) send(receiver, text.replace('<message', `<message from="${peer.jid}"`));
    }
  }
}

function enter(peer: Peer, address: string, nick: string): void {
  if (address === '') return;
  const room = rooms.get(address) ?? new Map<Peer, string>();
  rooms.set(address, room.set(peer, nick));
  send(peer, `<message from="${address}" type="groupchat"><subject/></message>`);
}

function speak(peer: Peer, address: string, text: string): void {
  const room = rooms.get(address);
  const [before = '', after = ''] = text.split(`to="${address}"`);
  const spoken = `${before}from="${address}/${room?.get(peer) ?? ''}"${after}`;
  const at = '<message'.length;
  for (const other of room?.keys() ?? []) {
    send(other, `${spoken.slice(0, at)} to="${other.jid}"${spoken.slice(at)}`);
  }
}

let count = 0;
const server = createServer({ noDelay: true }, (socket) => {
  const peer: Peer = { jid: `guest${count++}@${guestDomain}/bare`, socket, unsent: '' };
  peers.set(peer.jid, peer);
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    let end = 0;
    for (const found of text.matchAll(frame)) {
      handle(peer, found[0]);
      end = found.index + found[0].length;
    }
    text = text.slice(end);
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    peers.delete(peer.jid);
    for (const room of rooms.values()) room.delete(peer);
  });
}).listen(0, '127.0.0.1', 511, () =>
  tell({ kind: 'listening', port: (server.address() as AddressInfo).port }),
);

function tell(reply: ServerReply): void {
  if (process.connected) process.send?.(reply);
}

process.on('message', () => {
  tell({ kind: 'collected', slack: collectGarbage() });
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
