/** Whom a certificate says that it belongs to: its id-on-xmppAddr names (RFC 6120 s.13.7.1.4). */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { tryParseJid, type Jid } from '@conclave/signaling';

/** A name in Node's list of them; one with a character that could be mistaken for the list's own is a JSON string. */
const listed = /([^",]*)("(?:[^"\\]|\\.)*")?(?:, |$)/y;
const form = /^othername:XmppAddr:(.+)$/s;

/** The addresses of whoever has shown a certificate of a trusted authority in the handshake. */
export function certifiedAddresses(socket: Socket): readonly Jid[] {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return [];
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? [] : xmppAddresses(certificate);
}

/** Bare addresses, each once; names that are none are left out. */
function xmppAddresses({ subjectAltName = '' }: Pick<X509Certificate, 'subjectAltName'>): readonly Jid[] {
  const addresses = new Map<string, Jid>();
  for (const name of names(subjectAltName)) {
    const address = tryParseJid(form.exec(name)?.[1]);
    if (address?.isBare === true && address.local !== undefined) addresses.set(address.toString(), address);
  }
  return [...addresses.values()];
}

/** None at all where the list is not as expected. */
function names(list: string): readonly string[] {
  const found: string[] = [];
  listed.lastIndex = 0;
  while (listed.lastIndex < list.length) {
    const [whole, type = '', quoted] = listed.exec(list) ?? [];
    if (whole === undefined || whole === '') return [];
    found.push(quoted === undefined ? type : type + unquoted(quoted));
  }
  return found;
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return '';
  }
}
