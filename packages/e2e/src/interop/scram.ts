/** A client's side of SCRAM-SHA-1 (RFC 5802), so that dialogues log in by nobody's library. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha1', key).update(text).digest();
const base64 = (text: string): string => Buffer.from(text).toString('base64');

export interface Scram {
  /** Base64, for `<auth/>`. */
  readonly first: string;
  /** @returns base64, for `<response/>` */
  readonly answer: (challenge: string) => string;
}

export function scram(username: string, password: string): Scram {
  const bare = `n=${username},r=${randomBytes(12).toString('hex')}`;
  return {
    first: base64(`n,,${bare}`),
    answer(challenge) {
      const server = Buffer.from(challenge, 'base64').toString();
      const [, nonce = '', salt = '', count = ''] = /^r=([^,]*),s=([^,]*),i=(\d+)/.exec(server) ?? [];
      const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(count), 20, 'sha1');
      const clientKey = hmac(salted, 'Client Key');
      const storedKey = createHash('sha1').update(clientKey).digest();
      const final = `c=${base64('n,,')},r=${nonce}`;
      const signature = hmac(storedKey, [bare, server, final].join(','));
      const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
      return base64(`${final},p=${proof.toString('base64')}`);
    },
  };
}
