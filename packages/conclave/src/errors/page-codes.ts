/** The codes that the page shows when joining did not work, for the handbook: to the people who are asked what they mean. */
import type { ConferenceErrorCode } from '@conclave/client';

export const pageCodes = {
  'server-unreachable': {
    cause: 'The WebSocket to the server could not be opened, or was lost and did not come back.',
    remedy:
      'If it is not the reader\'s network: does the reverse proxy pass on upgrades, with `Host` unchanged? See "The page says that it cannot connect" in the operators\' handbook.',
  },
  'server-refused': {
    cause:
      'The server did not let the visitor log in as guest: too many connections from one address, or a domain that is not its own.',
    remedy:
      'Look into the log of the XMPP server. Does `/config.js` name the domain of the server? Do all users come from one address, because a proxy is missing in `http.trustedProxies`?',
  },
  'connection-ended': {
    cause: 'The server ended the connection: it was stopped, or the client broke a rule or a limit.',
    remedy: 'Join again. The log of the XMPP server names the reason.',
  },
  'conference-refused': {
    cause: 'The focus did not open the conference, for another reason than a missing host.',
    remedy: 'Try again. If it stays: is the focus running and connected? Its log names the reason.',
  },
  'room-full': {
    cause: 'The room has as many occupants as it may have.',
    remedy: 'Wait until somebody leaves.',
  },
  'members-only': {
    cause: 'The room is for its members.',
    remedy: 'Ask an owner of the room to make you a member.',
  },
  banned: { cause: 'A moderator has excluded this visitor.', remedy: 'Ask the moderators.' },
  'join-refused': {
    cause: 'The room refused the entry for another reason, or did not answer.',
    remedy: 'Try again. If it stays, the log of the XMPP server names the reason.',
  },
} as const satisfies Record<ConferenceErrorCode, { cause: string; remedy: string }>;
