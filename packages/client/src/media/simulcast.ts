/** The encodings of our camera (RFC 8853): each twice as high as the one before, the last as high as the camera; what nobody needs rests. */

/** Bits a second at most for VP8 of so many lines and more. */
const bitrates: readonly (readonly [number, number])[] = [
  [720, 2_500_000],
  [360, 700_000],
  [0, 200_000],
];

/** What of an encoding is decided here. */
type Encoding = Pick<RTCRtpEncodingParameters, 'active' | 'maxBitrate' | 'scaleResolutionDownBy'>;

/**
 * Adjusts `encodings`, lowest first, of a camera with `height` lines to a need for at most `maxHeight` lines (0: none at all, -1: no
 * limit).
 */
export function limitEncodings(encodings: Encoding[], height: number, maxHeight: number): void {
  const [only] = encodings;
  if (encodings.length === 1 && only) {
    // Without simulcast one encoding serves everybody.
    const scale = maxHeight > 0 ? Math.max(1, height / maxHeight) : 1;
    Object.assign(only, {
      active: maxHeight !== 0,
      scaleResolutionDownBy: scale,
      maxBitrate: bitrateFor(height / scale),
    });
    return;
  }
  encodings.forEach((encoding, index) => {
    const scale = 2 ** (encodings.length - 1 - index);
    const lines = height / scale;
    encoding.scaleResolutionDownBy = scale;
    encoding.maxBitrate = bitrateFor(lines);
    // The lowest serves whoever wants anything.
    encoding.active = maxHeight !== 0 && (index === 0 || maxHeight < 0 || lines <= maxHeight);
  });
}

function bitrateFor(lines: number): number {
  return bitrates.find(([least]) => lines >= least)?.[1] ?? 0;
}
