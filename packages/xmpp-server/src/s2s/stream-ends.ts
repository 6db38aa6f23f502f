/** The two domains that a stream from another server is between (RFC 6120 s.4.7.1, s.4.7.2): what its header says, if that may be. */
import { streamError, type StreamError } from '../stream/stream-error.js';
import type { StreamHeader } from '../stream/transport.js';
import { domainName } from './dialback.js';
import type { S2sServices } from './s2s-services.js';

/** What the peer has said that the stream is between; once said, it stays (CVE-2018-10847). */
export interface StreamEnds {
  readonly ours: string;
  /** A server may keep its name to itself until TLS is up. */
  readonly remote: string | undefined;
}

/**
 * Reads them from a header.
 * @param before what the header before, on the same connection, has said
 * @returns why the stream is refused, if it is
 */
export function agreeOnEnds(
  { from, to, version }: StreamHeader,
  before: StreamEnds | undefined,
  services: Pick<S2sServices, 'federates' | 'permits'>,
): StreamEnds | StreamError {
  const ours = domainName(to);
  if (version !== '1.0') return streamError('unsupported-version');
  if (ours === undefined) return streamError('improper-addressing');
  if (!services.federates(ours)) return streamError('host-unknown');
  const remote = from === undefined ? before?.remote : domainName(from);
  if (from !== undefined) {
    if (remote === undefined) return streamError('improper-addressing');
    if (!services.permits(remote)) return streamError('policy-violation', `${remote} is not welcome`);
  }
  if (before !== undefined && (before.ours !== ours || (before.remote ?? remote) !== remote)) {
    return streamError('not-authorized', 'The stream was for other domains');
  }
  return { ours, remote };
}
