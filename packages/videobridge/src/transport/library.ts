/** The life of node-datachannel in this process: its threads stay until they are told to stop. */
import nodeDataChannel from 'node-datachannel';

let users = 0;

/** Notes that a part of the process uses the library; to be matched by one `releaseLibrary`. */
export function useLibrary(): void {
  users += 1;
}

/** When the last user is gone and all its connections are closed, the library's threads end. */
export function releaseLibrary(): void {
  users -= 1;
  if (users === 0) nodeDataChannel.cleanup();
}
