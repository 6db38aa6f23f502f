/**
 * The qualities of our camera (RFC 8853, W3C WebRTC-SVC): each picture twice as high as the one before, the last as high as the camera,
 * what nobody needs rests. Codecs that have layers within one encoding send them there, with several frame rates each; the others
 * send an encoding for each.
 */

/** Bits a second at most for video of so many lines and more. */
const bitrates: readonly (readonly [number, number])[] = [
  [720, 2_500_000],
  [360, 700_000],
  [0, 200_000],
];

/** Those that have spatial layers. */
const layered: ReadonlySet<string> = new Set(['VP9', 'AV1']);

/** What of an encoding is decided here; the mode is not yet in every browser's types. */
type Encoding = Pick<RTCRtpEncodingParameters, 'active' | 'maxBitrate' | 'scaleResolutionDownBy'> & {
  scalabilityMode?: string;
};

/**
 * Adjusts `encodings`, lowest first, of a camera with `height` lines to a need for at most `maxHeight` lines (0: none at all, -1: no
 * limit), as fits `codec`.
 */
export function limitEncodings(
  encodings: Encoding[],
  height: number,
  maxHeight: number,
  codec = 'VP8',
): void {
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
  const wanted = encodings.map((_, index): boolean => {
    const lines = height / 2 ** (encodings.length - 1 - index);
    // The lowest serves whoever wants anything.
    return maxHeight !== 0 && (index === 0 || maxHeight < 0 || lines <= maxHeight);
  });
  if (layered.has(codec.toUpperCase())) limitLayers(encodings, height, wanted);
  else limitSimulcast(encodings, height, wanted);
}

function limitSimulcast(encodings: readonly Encoding[], height: number, wanted: readonly boolean[]): void {
  encodings.forEach((encoding, index) => {
    const scale = 2 ** (encodings.length - 1 - index);
    encoding.scaleResolutionDownBy = scale;
    encoding.maxBitrate = bitrateFor(height / scale);
    encoding.active = wanted[index] ?? false;
  });
}

/** All in the first encoding; layers depend on each other at keyframes only, so that nobody is sent what is not shown. */
function limitLayers(encodings: readonly Encoding[], height: number, wanted: readonly boolean[]): void {
  const layers = Math.max(1, wanted.filter(Boolean).length);
  const scale = 2 ** (encodings.length - layers);
  encodings.forEach((encoding, index) => {
    encoding.active = index === 0 && wanted.includes(true);
    encoding.scaleResolutionDownBy = scale;
    encoding.maxBitrate = bitrateFor(height / scale);
    encoding.scalabilityMode = layers === 1 ? 'L1T3' : `L${layers}T3_KEY`;
  });
}

function bitrateFor(lines: number): number {
  return bitrates.find(([least]) => lines >= least)?.[1] ?? 0;
}
