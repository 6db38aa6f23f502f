/** What another bridge is sent. A link has no congestion control of its own: packets keep the numbers that their sender gave them. */
import { Egress } from '../send/egress.js';

export class LinkEgress extends Egress {
  override sendRtp(packet: Buffer, _transportCcOffset: number, now: number): boolean {
    return super.sendRtp(packet, 0, now);
  }
}
