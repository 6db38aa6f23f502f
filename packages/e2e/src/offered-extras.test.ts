/**
 * An installation that offers what is off unless operators want it: redundant audio (RED, RFC 2198) and the layers that a camera is
 * to have, by its sender's own word (VLA). Two browsers know redundant audio, the third says that it does not.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HOST, type ThreePeople, threePeople } from './harness/three-people.js';

const patience = { timeout: 40_000, interval: 500 };
const room = 'everything';
/** Payload types of the focus's offer. */
const RED = 112;
const OPUS = 111;

let meeting: ThreePeople;
let people: ThreePeople['people'];

/** Runs in the page: as a browser without redundant audio. */
function knowNoRedundancy(): void {
  const getCapabilities = RTCRtpReceiver.getCapabilities.bind(RTCRtpReceiver);
  RTCRtpReceiver.getCapabilities = (kind) => {
    const all = getCapabilities(kind);
    return all && { ...all, codecs: all.codecs.filter(({ mimeType }) => mimeType !== 'audio/red') };
  };
}

/** Runs in the page: the SSRC of its microphone. */
function microphone(): number {
  const { connections } = (globalThis as unknown as { conclaveProbe: { connections: RTCPeerConnection[] } })
    .conclaveProbe;
  const current = connections.findLast(({ connectionState }) => connectionState === 'connected');
  const [, sound = ''] = current?.localDescription?.sdp.split('m=audio') ?? [];
  return Number(/^a=ssrc:(\d+)/m.exec(sound)?.[1]);
}

beforeAll(async () => {
  meeting = await threePeople({
    CONCLAVE_FOCUS_REDUNDANT_AUDIO: 'true',
    CONCLAVE_FOCUS_LAYERS_ALLOCATION: 'true',
  });
  ({ people } = meeting);
  const [host, ...guests] = people;
  await people[2].page.addInitScript(knowNoRedundancy);
  await host.knock(room);
  await host.isWaiting();
  await host.logIn(...HOST);
  await host.isIn(room, 1);
  for (const guest of guests) await guest.knock(room);
  for (const person of people) await person.isIn(room, 3);
}, 120_000);

afterAll(() => meeting.end());

const ctl = async (...args: string[]): Promise<string> => {
  const { code, output } = await meeting.instance.conclavectl(...args);
  expect(code).toBe(0);
  return output.trim();
};

interface Source {
  readonly ssrc?: number;
  readonly encodings?: readonly {
    readonly layers: readonly { readonly temporal: number }[];
    readonly told: readonly { readonly kbps: readonly number[]; readonly height?: number }[] | null;
  }[];
}

interface Packet {
  readonly direction: 'in' | 'out';
  readonly ssrc: number;
  readonly payloadType?: number;
}

/** What each endpoint sends, as the bridge knows it, by endpoint id. */
async function sources(): Promise<Map<string, readonly Source[]>> {
  const { endpoints } = JSON.parse(await ctl('endpoint', room)) as {
    endpoints: Record<string, { sources: readonly Source[] }>;
  };
  return new Map(Object.entries(endpoints).map(([id, endpoint]) => [id, endpoint.sources]));
}

/** In what `endpoint` sends or is sent each microphone: `<SSRC> <payload type>`. */
async function sounds(endpoint: string): Promise<Record<Packet['direction'], Set<string>>> {
  const [, ...lines] = (await ctl('trace', room, endpoint, '--seconds', '2')).split('\n');
  const packets = lines
    .map((line) => JSON.parse(line) as Packet)
    .filter(({ payloadType }) => payloadType === RED || payloadType === OPUS);
  const those = (wanted: Packet['direction']): Set<string> =>
    new Set(
      packets
        .filter(({ direction }) => direction === wanted)
        .map(({ ssrc, payloadType }) => `${ssrc} ${String(payloadType)}`),
    );
  return { in: those('in'), out: those('out') };
}

describe('redundant audio', { timeout: 120_000 }, () => {
  let microphones: readonly number[];
  /** The id of the endpoint that this microphone is of. */
  const endpointOf = async (ssrc: number | undefined): Promise<string> => {
    const all = [...(await sources())];
    return all.find(([, own]) => own.some((source) => source.ssrc === ssrc))?.[0] ?? '';
  };

  it('is what browsers send and are sent that know it', async () => {
    await vi.waitFor(async () => {
      microphones = await Promise.all(people.map(({ page }) => page.evaluate(microphone)));
      expect(microphones.filter((ssrc) => ssrc > 0)).toHaveLength(3);
    }, patience);
    const [knowing, alsoKnowing, other] = microphones;
    const endpoint = await endpointOf(knowing);
    await vi.waitFor(
      async () =>
        expect(await sounds(endpoint)).toEqual({
          in: new Set([`${knowing} ${RED}`]),
          out: new Set([`${alsoKnowing} ${RED}`, `${other} ${OPUS}`]),
        }),
      patience,
    );
  });

  it('is taken off for who does not know it', async () => {
    const [knowing, alsoKnowing, other] = microphones;
    const endpoint = await endpointOf(other);
    await vi.waitFor(
      async () =>
        expect(await sounds(endpoint)).toEqual({
          in: new Set([`${other} ${OPUS}`]),
          out: new Set([`${knowing} ${OPUS}`, `${alsoKnowing} ${OPUS}`]),
        }),
      patience,
    );
  });

  it('is heard by everybody', async () => {
    for (const person of people) {
      const { audioEnergy } = await person.reception();
      await vi.waitFor(
        async () => expect((await person.reception()).audioEnergy).toBeGreaterThan(audioEnergy),
        patience,
      );
    }
  });
});

describe('the layers of a camera', { timeout: 120_000 }, () => {
  it('are known from its browser: their lines, and the bit rates that they are meant to take', async () => {
    await vi.waitFor(async () => {
      const cameras = [...(await sources()).values()].flatMap((own) =>
        own.flatMap(({ encodings }) => (encodings === undefined ? [] : [encodings])),
      );
      expect(cameras).toHaveLength(3);
      for (const [lowest, ...others] of cameras) {
        const [told] = lowest?.told ?? [];
        // What it says is what it sends: its codec, VP8, marks them too.
        expect(told?.kbps).toHaveLength(3);
        expect(lowest?.layers.map(({ temporal }) => temporal)).toEqual([0, 1, 2]);
        expect(told?.height).toBeLessThanOrEqual(180);
        expect(told?.kbps.at(-1)).toBeGreaterThan(0);
        // Of an encoding that rests it says that there are no layers.
        for (const { told } of others) expect(told).toBeInstanceOf(Array);
      }
    }, patience);
  });
});
