/** A session-initiate as our focus writes it, for tests. */
import { type Jingle, decodeJingle } from '@conclave/signaling';
import { parse } from 'ltx';

/** 32 times the same octet. */
export const fingerprint = (octet: string): string => Array.from({ length: 32 }, () => octet).join(':');

const transport = `<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='9uf' pwd='passpasspasspasspass22'>
  <fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='actpass'>${fingerprint('AA')}</fingerprint>
  <web-socket xmlns='http://jitsi.org/protocol/colibri' url='wss://meet.example/colibri-ws/jvb1/c/e?pwd=x'/>
  <candidate component='1' foundation='1' generation='0' id='c1' ip='203.0.113.5' network='0' port='10000' priority='2130706431' protocol='udp' type='host'/>`;

const source = (ssrc: number, name: string, msid: string, owner: string) =>
  `<source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='${ssrc}' name='${name}'><parameter name='msid' value='${msid}'/><ssrc-info xmlns='http://jitsi.org/jitmeet' owner='${owner}'/></source>`;

export const json = (sources: object) =>
  `<json-message xmlns='http://jitsi.org/jitmeet'>${JSON.stringify({ sources })}</json-message>`;

/** Ann sends a camera with its RTX and a microphone. */
export const annsSources = {
  a1b2c3d4: [
    [
      { s: 2001, n: 'a1b2c3d4-v0', m: 'a b' },
      { s: 2002, n: 'a1b2c3d4-v0', m: 'a b' },
    ],
    [['f', 2001, 2002]],
    [{ s: 2003, n: 'a1b2c3d4-a0', m: 'a c' }],
  ],
};

export const offerXml = (extra = json(annsSources), sid = 'abc123') =>
  `<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' initiator='focus@auth.meet.example/f' sid='${sid}'>
  <content creator='initiator' name='audio' senders='both'>
   <description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'>
    <payload-type id='111' name='opus' clockrate='48000' channels='2'><parameter name='minptime' value='10'/><parameter name='useinbandfec' value='1'/><rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='transport-cc'/></payload-type>
    <rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='1' uri='urn:ietf:params:rtp-hdrext:ssrc-audio-level'/>
    <extmap-allow-mixed xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0'/><rtcp-mux/>
    ${source(1001, 'jvb-a0', 'mixedmslabel mixedlabelaudio0', 'jvb')}
   </description>${transport}</transport>
  </content>
  <content creator='initiator' name='video' senders='both'>
   <description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'>
    <payload-type id='101' name='VP9' clockrate='90000'/>
    <payload-type id='100' name='VP8' clockrate='90000'><rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='nack' subtype='pli'/></payload-type>
    <payload-type id='96' name='rtx' clockrate='90000'><parameter name='apt' value='100'/></payload-type>
    <rtcp-mux/>
    ${source(1002, 'jvb-v0', 'mixedmslabel mixedlabelvideo0', 'jvb')}
   </description>${transport}</transport>
  </content>
  <content creator='initiator' name='data' senders='both'>${transport}<sctpmap xmlns='urn:xmpp:jingle:transports:dtls-sctp:1' number='5000' protocol='webrtc-datachannel' streams='1024'/></transport></content>
  <group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content name='audio'/><content name='video'/><content name='data'/></group>
  <bridge-session xmlns='http://jitsi.org/protocol/focus' id='bs42'/>${extra}</jingle>`;

export const offer = (extra?: string, sid?: string): Jingle => decodeJingle(parse(offerXml(extra, sid)));

/** The answer that Chromium gives to the offer above, in its essentials. */
export const answerSdp = `v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE audio video data
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=ice-ufrag:1234
a=ice-pwd:localpasslocalpasslocal1
a=fingerprint:sha-256 ${fingerprint('11')}
a=setup:active
a=mid:audio
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=ssrc:3001 cname:me
m=video 9 UDP/TLS/RTP/SAVPF 100 96 101
c=IN IP4 0.0.0.0
a=ice-ufrag:1234
a=ice-pwd:localpasslocalpasslocal1
a=fingerprint:sha-256 ${fingerprint('11')}
a=setup:active
a=mid:video
a=sendrecv
a=rtcp-mux
a=rtpmap:101 VP9/90000
a=rtpmap:100 VP8/90000
a=rtcp-fb:100 nack pli
a=rtpmap:96 rtx/90000
a=fmtp:96 apt=100
a=ssrc-group:FID 3002 3003
a=ssrc:3002 cname:me
a=ssrc:3003 cname:me
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:1234
a=ice-pwd:localpasslocalpasslocal1
a=fingerprint:sha-256 ${fingerprint('11')}
a=setup:active
a=mid:data
a=sctp-port:5000
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:s2
a=recvonly
a=rtpmap:111 opus/48000/2
`.replaceAll('\n', '\r\n');
