/**
 * What the load generator's own time is: packets from a client of its own to another, with nobody between them. They leave after
 * the others of a moment, and wait where these wait when they come back.
 */
import { setTimeout as delay } from 'node:timers/promises';

import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';

import { ownAddress } from './messages.js';
import { audioBuffer, stamp, stampOf, writeAudio } from './packets.js';

export class ControlPath {
  readonly #packet = audioBuffer(0);
  /** Held: they close when they are collected. */
  readonly #connections: PeerConnection[] = [];
  readonly #tracks: Track[] = [];
  #sequence = 0;
  #latencies: number[] = [];

  async connect(): Promise<void> {
    const [near, far] = [this.#open('near'), this.#open('far')];
    const media = new nodeDataChannel.Video('media', 'SendOnly');
    media.addVP8Codec(100);
    this.#tracks.push(near.addTrack(media));
    far.onTrack((track) => {
      this.#tracks.push(track);
      track.onMessage((packet) => this.#latencies.push(performance.now() - stampOf(packet)));
    });
    near.setLocalDescription('offer');
    far.setRemoteDescription(await described(near), 'offer');
    far.setLocalDescription('answer');
    near.setRemoteDescription(await described(far), 'answer');
    while (this.#connections.some((each) => each.state() !== 'connected')) await delay(20);
  }

  #open(name: string): PeerConnection {
    const made = new nodeDataChannel.PeerConnection(name, {
      iceServers: [],
      bindAddress: ownAddress,
      disableAutoNegotiation: true,
    });
    this.#connections.push(made);
    return made;
  }

  send(): void {
    writeAudio(this.#packet, this.#sequence++, 0);
    stamp(this.#packet, performance.now());
    this.#tracks[0]?.sendMessageBinary(this.#packet);
  }

  /** Ms that packets have taken since the last call. */
  take(): number[] {
    const taken = this.#latencies;
    this.#latencies = [];
    return taken;
  }
}

async function described(made: PeerConnection): Promise<string> {
  while (made.gatheringState() !== 'complete') await delay(5);
  return made.localDescription()?.sdp ?? '';
}
