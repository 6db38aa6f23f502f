/** What a codec throws, and the only thing it throws, when the wire says something malformed. */

/** Malformed signaling: answer it with `stanzaError(error.condition, error.message)`. */
export class SignalingError extends Error {
  override readonly name = 'SignalingError';
  /** The defined condition (RFC 6120 s.8.3.3) to tell the sender. */
  readonly condition = 'bad-request';
}
