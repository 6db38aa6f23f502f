/** SCRAM-SHA-1, the client's side (RFC 5802), as cheap as can be: keys of a password are derived once a salt. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const saltedPasswords = new Map<string, Buffer>();

function saltedPassword(password: string, salt: string, iterations: number): Buffer {
  const key = `${password} ${salt} ${iterations}`;
  const salted =
    saltedPasswords.get(key) ?? pbkdf2Sync(password, Buffer.from(salt, 'base64'), iterations, 20, 'sha1');
  saltedPasswords.set(key, salted);
  return salted;
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha1', key).update(text).digest();

/** The first message, and what answers the challenge; both as they stand in base64. */
export function scram(
  username: string,
  password: string,
): { readonly first: string; answer(challenge: string): string } {
  const bare = `n=${username},r=${randomBytes(12).toString('base64url')}`;
  const answer = (challenge: string): string => {
    const serverFirst = Buffer.from(challenge, 'base64').toString();
    const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(serverFirst) ?? [];
    const salted = saltedPassword(password, salt, Number(iterations));
    const clientKey = hmac(salted, 'Client Key');
    const storedKey = createHash('sha1').update(clientKey).digest();
    const withoutProof = `c=biws,r=${nonce}`;
    const signature = hmac(storedKey, `${bare},${serverFirst},${withoutProof}`);
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`).toString('base64');
  };
  return { first: Buffer.from(`n,,${bare}`).toString('base64'), answer };
}
