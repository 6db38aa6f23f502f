import { type Element, NS, attribute, el, stanzaError } from '@conclave/signaling';
import { parse } from 'ltx';
import { describe, expect, it, vi } from 'vitest';
import { ScriptedConnection, type ServerAnswer } from '../xmpp/connection.test.support.js';
import { Invitations, type MediaState } from './invitations.js';
import type { RemoteTrack } from './media-session.js';
import { annsSources, json, offerXml } from './offer.test.support.js';
import { FakePeerConnection, FakeTrack } from './peer-connection.test.support.js';

const focus = 'r1@conference.meet.example/focus';
const iq = (xml: string) => el('iq', { type: 'set', from: focus, id: 'i1' }, parse(xml));
const jingleOf = (stanza: Element) => stanza.getChild('jingle', NS.jingle)!;
const isAction = (action: string) => (stanza: Element) =>
  stanza.name === 'iq' && attribute(jingleOf(stanza), 'action') === action;
const change = (action: string, sources: object, sid = 'abc123') =>
  iq(`<jingle xmlns='${NS.jingle}' action='${action}' sid='${sid}'>${json(sources)}</jingle>`);

interface Circumstances {
  readonly answer?: (iq: Element) => ServerAnswer;
  readonly webrtc?: boolean;
  readonly receiveOnly?: boolean;
  readonly iceServers?: () => Promise<readonly RTCIceServer[]>;
}

function invitations(options: Circumstances = {}) {
  const events = {
    online: () => undefined,
    resumed: () => undefined,
    lost: () => undefined,
    failed: () => undefined,
  };
  const connection = new ScriptedConnection(
    { service: 'ws://x', domain: 'x' },
    { ...events, stanza: () => undefined, iq: () => undefined },
    options.answer ?? (() => undefined),
  );
  const peers: FakePeerConnection[] = [];
  const states: MediaState[] = [];
  const muted: string[] = [];
  const messages: string[] = [];
  const tracks = { audio: new FakeTrack('audio'), video: new FakeTrack('video') as FakeTrack | undefined };
  let remote: readonly RemoteTrack[] = [];
  const onTracks: (() => void)[] = [];
  const subject = new Invitations({
    connection,
    focus,
    endpoint: 'me123456',
    createPeerConnection:
      options.webrtc === false
        ? undefined
        : () => {
            const peer = new FakePeerConnection();
            peers.push(peer);
            return peer.asBrowser;
          },
    receiveOnly: options.receiveOnly === true,
    ...(options.iceServers && { iceServers: options.iceServers }),
    tracks: () => tracks as unknown as Record<'audio' | 'video', MediaStreamTrack | undefined>,
    events: {
      remoteTracks: (list) => {
        remote = list;
        onTracks.splice(0).forEach((told) => told());
      },
      mediaState: (state) => states.push(state),
      startMuted: (media) => muted.push(media),
      bridgeMessage: ({ colibriClass }) => messages.push(colibriClass),
    },
  });
  const nextTracks = () => new Promise<void>((resolve) => onTracks.push(resolve));
  const names = () => remote.map(({ sourceName, track }) => `${sourceName} ${track.kind}`);
  /** Invited, answered, and everything reported. */
  const invited = async () => {
    const reported = nextTracks();
    expect(subject.receive(iq(offerXml()))).toBeUndefined();
    await reported;
    return peers[0]!;
  };
  return { subject, connection, peers, states, muted, messages, tracks, names, nextTracks, invited };
}

/** Servers that the domain has not told yet. */
function laterServers() {
  let tell: (servers: readonly RTCIceServer[]) => void = () => undefined;
  const promise = new Promise<readonly RTCIceServer[]>((resolve) => (tell = resolve));
  return { promise, tell };
}

/** Lets what is queued be done: the fake browser needs no time. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('an invitation of the focus', () => {
  it('is acknowledged, answered with session-accept, and brings the tracks of the others', async () => {
    const { connection, names, invited, states } = invitations();
    const peer = await invited();
    const accept = jingleOf(await connection.next(isAction('session-accept')));
    expect(attribute(accept, 'sid')).toBe('abc123');
    expect(accept.getChildren('content').map((content) => attribute(content, 'name'))).toEqual([
      'audio',
      'video',
      'data',
    ]);
    expect(names()).toEqual(['a1b2c3d4-a0 audio', 'a1b2c3d4-v0 video']);
    expect(states).toEqual(['connecting']);
    peer.become('connected');
    expect(states.at(-1)).toBe('connected');
  });

  it('sends microphone and camera on the first lines, whatever comes later', async () => {
    const { tracks, invited, subject, nextTracks } = invitations();
    const peer = await invited();
    expect(peer.transceivers.get('audio')).toMatchObject({ direction: 'sendrecv', sending: tracks.audio });
    expect(peer.transceivers.get('video')).toMatchObject({ direction: 'sendrecv', sending: tracks.video });
    tracks.video = undefined;
    subject.setTrack('video', undefined);
    const reported = nextTracks();
    subject.receive(change('source-add', { bob: [[{ s: 5, n: 'bob-v0' }]] }));
    await reported;
    expect(peer.transceivers.get('video')?.sending).toBeNull();
  });

  it('is answered without sending anything by who only looks on', async () => {
    const { invited, names } = invitations({ receiveOnly: true });
    const peer = await invited();
    for (const media of ['audio', 'video']) {
      expect(peer.transceivers.get(media)).toMatchObject({ direction: 'recvonly', sending: null });
    }
    expect(names()).toEqual(['a1b2c3d4-a0 audio', 'a1b2c3d4-v0 video']);
  });

  it('follows the sources of the others, one negotiation at a time', async () => {
    const { subject, invited, names, nextTracks } = invitations();
    const peer = await invited();
    subject.receive(change('source-add', { bob: [[{ s: 5, n: 'bob-v0' }]] }));
    subject.receive(change('source-remove', { a1b2c3d4: annsSources.a1b2c3d4 }));
    const reported = nextTracks();
    await reported;
    await nextTracks();
    expect(names()).toEqual(['bob-v0 video']);
    expect(peer.offers).toHaveLength(3);
    subject.keepOwners(new Set());
    await nextTracks();
    expect(names()).toEqual([]);
  });

  it('is answered with the STUN and TURN servers that there are by then', async () => {
    const iceServers = [{ urls: 'turn:t?transport=udp', username: 'u', credential: 'p' }];
    const { promise, tell } = laterServers();
    const { invited, peers } = invitations({ iceServers: () => promise });
    const answered = invited();
    await settled();
    expect(peers[0]?.offers).toEqual([]);
    tell(iceServers);
    const { configuration } = await answered;
    expect(configuration).toEqual({ bundlePolicy: 'max-bundle', iceServers });
  });

  it('that is withdrawn before servers are known leaves the connection alone', async () => {
    const { promise, tell } = laterServers();
    const { subject, peers } = invitations({ iceServers: () => promise });
    subject.receive(iq(offerXml()));
    subject.end();
    tell([{ urls: 'stun:t' }]);
    await settled();
    expect(peers[0]).toMatchObject({
      closed: true,
      offers: [],
      configuration: { bundlePolicy: 'max-bundle' },
    });
  });

  it('tells the bridge what we want and send each time the channel opens', async () => {
    const { invited, messages, subject, tracks } = invitations();
    const { channel, transceivers } = await invited();
    expect(channel).toMatchObject({
      label: 'JVB data channel',
      protocol: 'http://jitsi.org/protocols/colibri',
    });
    channel!.open();
    expect(channel!.sent.map((text) => JSON.parse(text) as unknown)).toEqual([
      { colibriClass: 'ReceiverVideoConstraints', lastN: -1, defaultConstraints: { maxHeight: 720 } },
      { colibriClass: 'SourceVideoTypeMessage', sourceName: 'me123456-v0', videoType: 'camera' },
    ]);
    channel!.say({ colibriClass: 'DominantSpeakerEndpointChangeEvent', dominantSpeakerEndpoint: 'bob' });
    channel!.say({ colibriClass: 'nonsense' });
    expect(messages).toEqual(['DominantSpeakerEndpointChangeEvent']);
    channel!.say({ colibriClass: 'SenderSourceConstraints', sourceName: 'me123456-v0', maxHeight: 180 });
    await settled();
    expect(transceivers.get('video')?.encoding).toMatchObject({ active: true, scaleResolutionDownBy: 4 });
    channel!.say({ colibriClass: 'SenderSourceConstraints', sourceName: 'me123456-v0', maxHeight: 0 });
    await settled();
    expect(transceivers.get('video')?.encoding).toMatchObject({ active: false });
    tracks.video = undefined;
    subject.setTrack('video', undefined);
    expect(channel!.sent.at(-1)).toContain('"videoType":"none"');
  });

  it('asks for another session when the path to the bridge breaks, thrice', async () => {
    const { subject, peers, connection, invited, states } = invitations();
    await invited();
    vi.useFakeTimers();
    for (let round = 0; round < 4; round += 1) {
      peers[round]!.become('failed');
      await vi.advanceTimersByTimeAsync(3000);
      subject.receive(iq(offerXml(undefined, `again${round}`)));
    }
    vi.useRealTimers();
    const terminates = connection.requests.filter(isAction('session-terminate'));
    expect(terminates.map((stanza) => jingleOf(stanza).getChild('bridge-session')!.attrs)).toMatchObject([
      { id: 'bs42', restart: 'true' },
      { id: 'bs42', restart: 'true' },
      { id: 'bs42', restart: 'true' },
      { id: 'bs42', restart: 'false' },
    ]);
    expect(states).toContain('failed');
    expect(peers[0]!.closed).toBe(true);
  });

  it('asks for other ICE credentials when a path that was there breaks, and for another session when it is refused', async () => {
    const { peers, connection, invited } = invitations({
      answer: (stanza) =>
        isAction('session-info')(stanza) ? stanzaError('feature-not-implemented') : undefined,
    });
    await invited();
    peers[0]!.become('connected');
    peers[0]!.become('failed');
    const info = jingleOf(await connection.next(isAction('session-info')));
    expect(info.getChild('bridge-session')!.attrs).toMatchObject({ id: 'bs42', 'ice-restart': 'true' });
    const terminate = jingleOf(await connection.next(isAction('session-terminate')));
    expect(terminate.getChild('bridge-session')!.attrs).toMatchObject({ restart: 'true' });
  });

  it('answers other ICE credentials in the same session, once a generation', async () => {
    const { subject, connection, invited, peers } = invitations();
    const peer = await invited();
    const told = (generation: string, ufrag: string) =>
      subject.receive(
        iq(`<jingle xmlns='${NS.jingle}' action='transport-info' sid='abc123'>
          <content creator='initiator' name='audio'><transport xmlns='${NS.iceUdp}' ufrag='${ufrag}' pwd='passpasspasspasspass33' ${generation}>
          <candidate component='1' foundation='1' generation='0' id='c1' ip='203.0.113.5' network='0' port='10000' priority='2130706431' protocol='udp' type='host'/>
          </transport></content></jingle>`),
      );
    told(`ice-generation='1'`, 'second');
    const answer = jingleOf(await connection.next(isAction('transport-info')));
    const content = answer.getChild('content')!;
    expect(content.getChild('description')).toBeUndefined();
    const transport = content.getChild('transport', NS.iceUdp)!;
    expect(transport.attrs).toMatchObject({ 'ice-generation': '1', ufrag: '1234' });
    expect(peer.offers.at(-1)).toMatch(/a=ice-ufrag:second\r\n/);
    expect(peer.offers.at(-1)).toMatch(/a=fingerprint:sha-256 AA:/);
    told(`ice-generation='1'`, 'third');
    told('', 'fourth');
    told(`ice-generation='2'`, 'fifth');
    await settled();
    expect(peer.offers.at(-1)).toMatch(/a=ice-ufrag:fifth/);
    expect(peer.offers.filter((sdp) => /ufrag:(third|fourth)/.test(sdp))).toEqual([]);
    expect(peers).toHaveLength(1);
  });

  it('counts as failed when the focus takes no session-accept', async () => {
    const { subject, connection } = invitations({
      answer: (request) => (isAction('session-accept')(request) ? stanzaError('bad-request') : undefined),
    });
    subject.receive(iq(offerXml()));
    const terminate = await connection.next(isAction('session-terminate'));
    expect(jingleOf(terminate).getChild('reason')!.getChild('failed-application')).toBeDefined();
  });

  it('that cannot be answered is refused', () => {
    const { subject } = invitations();
    const without = offerXml().replaceAll("ufrag='9uf'", '');
    expect(subject.receive(iq(without))).toMatchObject({ condition: 'not-acceptable' });
    expect(subject.receive(iq('<jingle xmlns="urn:xmpp:jingle:1"/>'))).toMatchObject({
      condition: 'bad-request',
    });
    expect(subject.receive(el('iq', { type: 'set' }))).toMatchObject({ condition: 'bad-request' });
  });

  it('is declined where there is no WebRTC', async () => {
    const { subject, connection } = invitations({ webrtc: false });
    expect(subject.receive(iq(offerXml()))).toBeUndefined();
    const terminate = await connection.next(isAction('session-terminate'));
    expect(jingleOf(terminate).getChild('reason')!.getChild('unsupported-applications')).toBeDefined();
  });

  it('takes the place of an earlier session', async () => {
    const { subject, peers, invited } = invitations();
    await invited();
    expect(subject.receive(iq(offerXml()))).toMatchObject({ condition: 'service-unavailable' });
    subject.receive(iq(offerXml(undefined, 'second')));
    expect(peers.map(({ closed }) => closed)).toEqual([true, false]);
    expect(subject.receive(change('source-add', {}))).toMatchObject({ condition: 'item-not-found' });
  });

  it('ends with session-terminate, and newcomers may begin muted', async () => {
    const { subject, peers, muted, names, invited, states } = invitations();
    await invited();
    const terminate = `<jingle xmlns='${NS.jingle}' action='session-terminate' sid='abc123'><reason><expired/></reason></jingle>`;
    expect(subject.receive(iq(terminate))).toBeUndefined();
    expect(peers[0]!.closed).toBe(true);
    expect(names()).toEqual([]);
    expect(states.at(-1)).toBe('none');
    subject.receive(
      iq(offerXml(`<startmuted xmlns='${NS.startMuted}' audio='true' video='false'/>`, 'later')),
    );
    expect(muted).toEqual(['audio']);
  });
});
