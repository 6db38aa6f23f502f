/**
 * `/config.js`: what a browser needs to know of this installation, in the form that Jitsi's clients read (a global `config`),
 * so that our page and an unmodified lib-jitsi-meet or Jitsi Meet both work. Derived from the configuration, never written.
 */
import type { Config } from '../config/schema.js';
import { sharedFilesPath } from './bosh.js';
import { publicUrl } from './public-url.js';
import { reserved } from './tenants.js';

/**
 * The text of `/config.js`. Where the page was loaded from decides the WebSocket's address: right behind any reverse proxy; apps have no page,
 * they are told the public URL. A page at `/<tenant>/<room>` is for rooms of that tenant.
 * @param tenant in whose path the script is asked for
 */
export function clientConfigScript(config: Config, tenant = ''): string {
  const known = { origin: publicUrl(config), tenant, tenants: config.conference.tenants, reserved };
  return `var config = ${literal(clientConfig(config))};
(function (known) {
  var page = typeof location === 'undefined' ? undefined : location;
  var origin = page ? page.origin : known.origin;
  var tenant = known.tenant;
  var path = page && page.pathname ? page.pathname.split('/') : [];
  if (known.tenants && tenant === '' && path.length === 3 && path[2] !== '' && known.reserved.indexOf(path[1]) < 0) {
    try {
      tenant = decodeURIComponent(path[1]).toLowerCase().replace(/\\./g, '_');
    } catch (error) {
      // The address is no address; there is no such page.
    }
  }
  var base = origin + (tenant === '' ? '/' : '/' + encodeURIComponent(tenant) + '/');
  config.websocket = base.replace(/^http/, 'ws') + 'xmpp-websocket';
  config.bosh = base + 'http-bind';
  config.websocketKeepAliveUrl = origin + '/about/health';
  if (config.fileSharing.enabled) config.fileSharing.apiUrl = origin + '${sharedFilesPath}';
  if (tenant !== '') config.hosts.muc = config.hosts.muc.replace('.', '.' + tenant + '.');
})(${literal(known)});
`;
}

/** As it may stand in a script, where `<` could end the element that a careless page inlines it into. */
function literal(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll('<', '\\u003c');
}

function clientConfig({ domain, recording, conference, focus, media }: Config): Record<string, unknown> {
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

    // Media: by the bridge alone, several layers of each camera.
    p2p: { enabled: false, stunServers: [] },
    bridgeChannel: { preferSctp: true },
    flags: { ssrcRewritingEnabled: focus.ssrcRewriting, rtpMidDemuxEnabled: false },
    enableOpusRed: focus.redundantAudio,
    enableIceRestart: focus.iceRestart,
    disableSimulcast: false,
    enableTcc: true,
    enableRemb: false,
    videoQuality: { codecPreferenceOrder: media.videoCodecs, mobileCodecPreferenceOrder: media.videoCodecs },

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
    audioTranslation: { enabled: conference.audioTranslation },
    fileSharing: {
      enabled: conference.fileSharing.enabled,
      maxFileSize: conference.fileSharing.maxFile * 1024 * 1024,
    },
    requireDisplayName: conference.requireNames,
    disablePolls: !conference.polls,
    breakoutRooms: { hideAddRoomButton: !conference.breakoutRooms },
  };
}
