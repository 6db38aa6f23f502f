/** A UDP port of an address that was free a moment ago. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export async function freeUdpPort(address: string): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
