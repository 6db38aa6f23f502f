/** The end of node-datachannel in this process: its threads keep a process alive until they are told to stop. */
import nodeDataChannel from 'node-datachannel';

/** Releases the library's threads. To be called once, after every media port is closed, just before the process ends. */
export function releaseTransportLibrary(): void {
  nodeDataChannel.cleanup();
}
