/** A participant whose transport ends on another bridge: its sources come over the link, and so goes what it has to be told. */
import type { MediaSource } from '@conclave/signaling';

import type { EndpointFormats } from '../conference/formats.js';
import type { Sender } from '../conference/sender.js';
import { type SentSource, sourceOf } from '../conference/source.js';
import type { VideoSource } from '../conference/video-source.js';

/** The relay that it is behind. */
export interface RelayOfEndpoint {
  readonly formats: EndpointFormats;
  constrain(source: VideoSource): void;
  requestKeyframe(source: VideoSource, receiver: string | undefined, now: number): void;
}

export class RelayedEndpoint implements Sender {
  #sources: readonly SentSource[] = [];
  /** As its own bridge tells. */
  active = true;

  constructor(
    readonly id: string,
    private readonly relay: RelayOfEndpoint,
  ) {}

  get sources(): readonly SentSource[] {
    return this.#sources;
  }

  /** Replaces its sources; those that stay keep their state. */
  setSources(signalled: readonly MediaSource[]): void {
    this.#sources = signalled.flatMap((source) => {
      const known = this.#sources.find(({ name }) => name === source.id);
      return sourceOf(this.id, source, this.relay.formats, known) ?? [];
    });
  }

  constrain(source: VideoSource): void {
    this.relay.constrain(source);
  }

  requestKeyframe(source: VideoSource, receiver: string | undefined, now: number): void {
    this.relay.requestKeyframe(source, receiver, now);
  }
}
