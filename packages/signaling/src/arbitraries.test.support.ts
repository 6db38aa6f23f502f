/** Random signaling for property tests: well-formed values of every shape, and elements that somebody has tampered with. */
import fc from 'fast-check';
import { Element } from 'ltx';
import type {
  ColibriMedia,
  ColibriTransport,
  Fingerprint,
  HeaderExtension,
  IceCandidate,
  IceTransport,
  MediaSource,
  MediaSources,
  PayloadType,
  RtpDescription,
  Source,
  SourceSet,
} from './index.js';

type Arb<T> = fc.Arbitrary<T>;

/** Optional properties are absent rather than undefined. */
const record = <T>(model: { [K in keyof T]-?: Arb<Exclude<T[K], undefined>> }, required: (keyof T)[]) =>
  fc.record(model, { requiredKeys: required }) as unknown as Arb<T>;

export const token = fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/);
const iceText = fc.stringMatching(/^[A-Za-z0-9+/]{4,24}$/);
const line = fc.stringMatching(/^[A-Za-z0-9{}<>&"' ü☕-]{1,20}$/);
const ssrc = fc.integer({ min: 1, max: 0xffffffff });
const port = fc.integer({ min: 0, max: 65535 });

const mediaType = fc.constantFrom('audio' as const, 'video' as const);

const payloadType = record<PayloadType>(
  {
    id: fc.integer({ min: 0, max: 127 }),
    name: token,
    clockrate: fc.integer({ min: 1, max: 192_000 }),
    channels: fc.integer({ min: 1, max: 8 }),
    parameters: fc.dictionary(token, line, { maxKeys: 3, noNullPrototype: true }),
    rtcpFeedback: fc.array(record({ type: token, subtype: token }, ['type']), { maxLength: 3 }),
  },
  ['id', 'name', 'clockrate', 'parameters', 'rtcpFeedback'],
);

const headerExtension: Arb<HeaderExtension> = fc.record({ id: fc.integer({ min: 1, max: 255 }), uri: token });

const formats = {
  payloadTypes: fc.array(payloadType, { maxLength: 3 }),
  headerExtensions: fc.array(headerExtension, { maxLength: 3 }),
  extmapAllowMixed: fc.boolean(),
};

const source = record<Source>(
  {
    ssrc,
    name: token,
    msid: line,
    videoType: fc.constantFrom('camera' as const, 'desktop' as const, 'none' as const),
    owner: token,
  },
  ['ssrc'],
);

const groups = fc.array(
  fc.record({
    semantics: fc.constantFrom('FID' as const, 'SIM' as const),
    ssrcs: fc.array(ssrc, { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 3 },
);

const mediaSources: Arb<MediaSources> = fc.record({ sources: fc.array(source, { maxLength: 4 }), groups });

const fingerprint: Arb<Fingerprint> = fc.record({
  hash: fc.constant('sha-256'),
  setup: fc.constantFrom('active' as const, 'passive' as const, 'actpass' as const),
  value: fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':')),
});

const candidate = record<IceCandidate>(
  {
    foundation: iceText,
    component: fc.integer({ min: 1, max: 256 }),
    protocol: fc.constantFrom('udp' as const, 'tcp' as const),
    priority: fc.integer({ min: 0, max: 0xffffffff }),
    ip: fc.oneof(fc.ipV4(), fc.ipV6()),
    port,
    type: fc.constantFrom('host' as const, 'srflx' as const, 'prflx' as const, 'relay' as const),
    relAddr: fc.ipV4(),
    relPort: port,
    tcpType: fc.constantFrom('active' as const, 'passive' as const, 'so' as const),
    generation: fc.nat(9),
    id: token,
  },
  ['foundation', 'component', 'protocol', 'priority', 'ip', 'port', 'type', 'generation'],
);

export const iceTransport = record<IceTransport>(
  {
    ufrag: iceText,
    pwd: iceText,
    iceGeneration: fc.nat(99),
    rtcpMux: fc.boolean(),
    candidates: fc.array(candidate, { maxLength: 3 }),
    fingerprints: fc.array(fingerprint, { maxLength: 2 }),
    webSockets: fc.array(fc.webUrl(), { maxLength: 2 }),
  },
  ['rtcpMux', 'candidates', 'fingerprints', 'webSockets'],
);

export const description: Arb<RtpDescription> = fc.record({
  media: mediaType,
  ...formats,
  rtcpMux: fc.boolean(),
  sources: mediaSources,
});

export const colibriMedia: Arb<ColibriMedia> = fc.record({ type: mediaType, ...formats });
export const colibriSources: Arb<MediaSource[]> = fc.array(
  fc.record(
    {
      type: mediaType,
      id: token,
      synthetic: fc.constant(true as const),
      sources: fc.array(source, { maxLength: 4 }),
      groups,
    },
    { requiredKeys: ['type', 'id', 'sources', 'groups'] },
  ),
  { maxLength: 3 },
);
export const colibriTransport = record<ColibriTransport>(
  {
    iceControlling: fc.boolean(),
    useUniquePort: fc.boolean(),
    iceRestart: fc.boolean(),
    sctp: record({ role: fc.constantFrom('client' as const, 'server' as const), port }, []),
    ice: iceTransport,
  },
  [],
);

/** As the compact form can say it: video is a screen or nothing in particular, and each source has its owner. */
const owned = (owner: string, video: boolean): Arb<MediaSources> =>
  fc.record({
    sources: fc.array(
      record<Source>(
        {
          ssrc,
          name: token,
          msid: line,
          owner: fc.constant(owner),
          videoType: fc.constant('desktop' as const),
        },
        ['ssrc', 'owner'],
      ).map(({ videoType, ...rest }) => (video && videoType ? { ...rest, videoType } : rest)),
      { maxLength: 3 },
    ),
    groups,
  });

export const sourcesByOwner: Arb<Map<string, SourceSet>> = fc
  .uniqueArray(token, { maxLength: 3 })
  .chain((owners) =>
    fc.tuple(
      ...owners.map((owner) =>
        fc
          .record({ audio: owned(owner, false), video: owned(owner, true) })
          .map((set) => [owner, set] as const),
      ),
    ),
  )
  .map((entries) => new Map(entries));

/** What a tamperer does to one element of a tree. */
interface Blow {
  readonly where: number;
  readonly how: 'drop-attribute' | 'set-attribute' | 'drop-child' | 'double-child' | 'rename' | 'set-text';
  readonly which: number;
  readonly text: string;
}

const blows: Arb<Blow[]> = fc.array(
  fc.record({
    where: fc.nat(1000),
    how: fc.constantFrom(
      'drop-attribute' as const,
      'set-attribute' as const,
      'drop-child' as const,
      'double-child' as const,
      'rename' as const,
      'set-text' as const,
    ),
    which: fc.nat(1000),
    text: fc.oneof(
      fc.string(),
      fc.constantFrom('', '-1', '1e9', 'NaN', '4294967296', '__proto__', 'constructor'),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

function descendants(element: Element): Element[] {
  return [
    element,
    ...element.children.flatMap((child) => (typeof child === 'object' ? descendants(child) : [])),
  ];
}

function pick<T>(list: readonly T[], which: number): T | undefined {
  return list[which % Math.max(list.length, 1)];
}

function strike(root: Element, { where, how, which, text }: Blow): void {
  const target = pick(descendants(root), where) ?? root;
  const name = pick(Object.keys(target.attrs), which);
  const child = pick(target.children, which);
  if (how === 'drop-attribute' && name !== undefined) Reflect.deleteProperty(target.attrs, name);
  if (how === 'set-attribute' && name !== undefined) target.attrs[name] = text;
  if (how === 'drop-child' && child !== undefined)
    target.children = target.children.filter((each) => each !== child);
  if (how === 'double-child' && child !== undefined) target.children.push(child);
  if (how === 'rename') target.name = text;
  if (how === 'set-text') target.children = [text];
}

/** `element` after somebody has dropped, doubled, renamed and rewritten parts of it. */
export function tampered(element: Arb<Element>): Arb<Element> {
  return fc.tuple(element, blows).map(([root, list]) => {
    for (const blow of list) strike(root, blow);
    return root;
  });
}
