/** Short secrets: to ask for a few octets at a time costs ten times what drawing them from a pool does. */
import { randomFillSync } from 'node:crypto';

const pool = Buffer.allocUnsafeSlow(4096);
let drawn = pool.length;

/**
 * So many octets of entropy, in base64url. Each octet of the pool is given out once, and is not kept.
 * @param octets at most 64
 */
export function randomText(octets: number): string {
  if (drawn + octets > pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  const text = pool.toString('base64url', drawn, drawn + octets);
  pool.fill(0, drawn, drawn + octets);
  drawn += octets;
  return text;
}
