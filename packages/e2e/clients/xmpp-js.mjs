/**
 * A plain XMPP client made of @xmpp/client, over TCP with STARTTLS: logs in (SCRAM-SHA-1, or ANONYMOUS without a user),
 * enters a room, greets its peer and waits to be greeted. Prints one JSON object a line; ends with 0 when all was done.
 *
 * Arguments: host port domain room nick peer [user password]. NODE_EXTRA_CA_CERTS names the server's certificate.
 */
import { client, xml } from '@xmpp/client';

const [host, port, domain, room, nick, peer, username, password] = process.argv.slice(2);
const print = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));
const xmpp = client({ service: `xmpp://${host}:${port}`, domain, username, password });
xmpp.reconnect.stop();
xmpp.timeout = 15_000;

let leaving = false;
xmpp.on('error', (error) => {
  // The library answers IQs, also while it closes the connection; nobody hears that any more.
  if (leaving) return;
  print('error', { text: String(error) });
  process.exit(1);
});

const greeting = (from) => `hello from ${from}`;
let greeted = false;
const greet = async () => {
  if (greeted) return;
  greeted = true;
  await xmpp.send(xml('message', { to: room, type: 'groupchat' }, xml('body', {}, greeting(nick))));
};

xmpp.on('stanza', async (stanza) => {
  const from = stanza.attrs.from ?? '';
  if (stanza.is('presence') && stanza.attrs.type === 'error') {
    print('refused', { stanza: stanza.toString() });
    process.exit(1);
  }
  if (stanza.is('presence') && from === `${room}/${nick}`) print('joined');
  if (stanza.is('presence') && from === `${room}/${peer}` && stanza.attrs.type === undefined) await greet();
  if (stanza.is('message') && from === `${room}/${peer}` && stanza.getChildText('body') === greeting(peer)) {
    print('greeted');
    await greet();
    leaving = true;
    await xmpp.send(xml('presence', { to: `${room}/${nick}`, type: 'unavailable' }));
    await xmpp.stop();
    process.exit(0);
  }
});

xmpp.on('online', async (jid) => {
  print('online', { jid: jid.toString(), secure: xmpp.socket.secure === true });
  await xmpp.send(xml('presence', { to: `${room}/${nick}` }, xml('x', 'http://jabber.org/protocol/muc')));
});

await xmpp.start();
