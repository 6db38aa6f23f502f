/**
 * `/config.js`: what a browser needs to know of this installation, in the form that Jitsi's clients read (a global `config`),
 * so that our page and an unmodified lib-jitsi-meet or Jitsi Meet both work. Derived from the configuration, never written.
 */
import type { Config } from '../config/schema.js';

type Advertised = Pick<Config, 'domain' | 'recording' | 'conference'>;

/** The text of `/config.js`. Where the page was loaded from decides the WebSocket's address: right behind any reverse proxy. */
export function clientConfigScript(config: Advertised): string {
  // In a script `<` could end the element that a careless page inlines it into.
  const json = JSON.stringify(clientConfig(config), null, 2).replaceAll('<', '\\u003c');
  return `var config = ${json};
config.websocket = (location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/xmpp-websocket';
config.bosh = location.origin + '/http-bind';
config.websocketKeepAliveUrl = location.origin + '/about/health';
`;
}

function clientConfig({ domain, recording, conference }: Advertised): Record<string, unknown> {
  const records = recording.recorderPassword !== undefined;
  return {
    hosts: {
      domain,
      anonymousdomain: `guest.${domain}`,
      authdomain: domain,
      muc: `conference.${domain}`,
      focus: `focus.${domain}`,
    },
    focusUserJid: `focus@auth.${domain}`,
    enableWebsocketResume: true,

    // Media: by the bridge alone, several layers of each camera, each source under its own SSRC.
    p2p: { enabled: false, stunServers: [] },
    bridgeChannel: { preferSctp: true },
    flags: { ssrcRewritingEnabled: false, rtpMidDemuxEnabled: false },
    disableSimulcast: false,
    enableTcc: true,
    enableRemb: false,
    videoQuality: { codecPreferenceOrder: ['VP8'], mobileCodecPreferenceOrder: ['VP8'] },

    // No request to anybody else, and nothing measured.
    disableThirdPartyRequests: true,
    gravatar: { disabled: true },
    analytics: { disabled: true, rtcstatsEnabled: false },
    giphy: { enabled: false },
    enableCalendarIntegration: false,
    deeplinking: { disabled: true },

    // What this release does not have is not offered.
    recordingService: { enabled: records },
    liveStreaming: { enabled: records },
    ...(records && { hiddenDomain: `recorder.${domain}` }),
    transcription: { enabled: false },
    whiteboard: { enabled: false },
    disablePolls: !conference.polls,
    breakoutRooms: { hideAddRoomButton: !conference.breakoutRooms },
  };
}
