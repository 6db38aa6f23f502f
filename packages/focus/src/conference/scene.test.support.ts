/** What tests of a conference say again and again: it is open, two have accepted, this was signalled. */
import type {
  ConferenceModify,
  EndpointModify,
  IceTransport,
  Jingle,
  JingleContent,
  RelayModify,
  SourceSet,
  StanzaError,
} from '@conclave/signaling';
import type { StageBridge } from '../stage-bridge.test.support.js';
import type { StageClient } from '../stage-client.test.support.js';
import { Stage } from '../stage.test.support.js';

const HOST = 'host@meet.example/h1';

const transport: IceTransport = {
  ufrag: 'cu',
  pwd: 'client-password-of-some-length',
  rtcpMux: true,
  candidates: [],
  fingerprints: [{ hash: 'sha-256', setup: 'active', value: Array(32).fill('CD').join(':') }],
  webSockets: [],
};

/** The contents in which a client tells its audio sources. */
export const audio = (...ssrcs: number[]): JingleContent[] => [
  {
    name: 'audio',
    creator: 'responder',
    senders: 'both',
    description: {
      media: 'audio',
      payloadTypes: [],
      headerExtensions: [],
      extmapAllowMixed: false,
      rtcpMux: true,
      sources: { sources: ssrcs.map((ssrc) => ({ ssrc, msid: `s t${ssrc}` })), groups: [] },
    },
    transport,
  },
];

export interface Scene {
  readonly stage: Stage;
  readonly bridge: StageBridge;
  readonly accept: (client: StageClient, ...ssrcs: number[]) => Promise<StanzaError | undefined>;
  /** Two members who have accepted, with the audio sources 101 and 201. */
  readonly pair: () => Promise<readonly [StageClient, StageClient]>;
}

/** A conference that a host has opened, with one bridge; nobody is in the room yet. */
export const openConference = async (
  settings: object = {},
  properties: Record<string, string> = {},
): Promise<Scene> => {
  const stage = new Stage(settings);
  const bridge = await stage.addBridge();
  await stage.request(HOST, {}, properties);
  const accept = (client: StageClient, ...ssrcs: number[]) =>
    stage.jingle(client, 'session-accept', { contents: audio(...ssrcs) });
  const pair = async () => {
    const a = await stage.join('aaaa');
    const b = await stage.join('bbbb');
    await accept(a, 101);
    await accept(b, 201);
    return [a, b] as const;
  };
  return { stage, bridge, accept, pair };
};

/** A conference of a moderator and a guest. */
export const openModerated = async () => {
  const { stage, pair } = await openConference();
  const [moderator, guest] = await pair();
  stage.promote(moderator, 'owner', 'moderator');
  return { stage, moderator, guest };
};

/** The Jingle actions that a client was sent. */
export const actions = ({ jingles }: StageClient) => jingles.map(({ action }) => action);

/** The latest Jingle action that a client was sent. */
export const last = ({ jingles }: StageClient): Jingle | undefined => jingles.at(-1);

/** SSRCs by owner. */
export const ssrcs = (sources: ReadonlyMap<string, SourceSet> | undefined) =>
  Object.fromEntries(
    [...(sources ?? [])].map(([owner, set]) => [
      owner,
      [...set.audio.sources, ...set.video.sources].map(({ ssrc }) => ssrc),
    ]),
  );

/** The changes of sources that a client was told. */
export const told = (client: StageClient) =>
  client.jingles
    .filter(({ action }) => action.startsWith('source-'))
    .map(({ action, jsonSources }) => [action, ssrcs(jsonSources)]);

const wish = ({ id, create, expire }: EndpointModify | RelayModify) =>
  `${create ? 'create' : expire ? 'expire' : 'update'} ${id}`;

/** What a bridge was asked of its endpoints, e.g. `create aaaa`. */
export const endpoints = ({ requests }: StageBridge) =>
  requests.flatMap((request: ConferenceModify) =>
    request.expire ? 'expire all' : request.endpoints.map(wish),
  );

/** What a bridge was asked of its relays, e.g. `update jvb2: create aaaa`. */
export const relays = ({ requests }: StageBridge) =>
  requests.flatMap(({ relays: asked = [] }) =>
    asked.map((relay) => [wish(relay), ...relay.endpoints.map(wish)].join(': ')),
  );
