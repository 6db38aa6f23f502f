// What Jitsi Meet's own image does not know of Conclave; it is put behind the config.js that the image makes.
/* global config */
config.bridgeChannel = { preferSctp: true };
config.p2p = { enabled: false, stunServers: [] };
config.flags = { ...config.flags, ssrcRewritingEnabled: false };
config.focusUserJid = `focus@auth.${config.hosts.domain}`;

// Nothing is told to third parties.
config.analytics = { disabled: true, rtcstatsEnabled: false };
config.disableThirdPartyRequests = true;
config.gravatar = { disabled: true };
