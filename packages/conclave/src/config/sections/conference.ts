/** What there is in conferences: `conference`. */
import { z } from 'zod';
import { bearerToken, onOff, optionalCount, serviceUrl } from '../values.js';
import { conferenceApi } from './conference-api.js';
import { conferenceChat } from './conference-chat.js';
import { fileSharing } from './file-sharing.js';
import { conferenceVisitors } from './visitors.js';

export const conference = z.object({
  tenants: onOff(
    'CONCLAVE_TENANTS',
    true,
    'Whether there are tenants: a page at `/<tenant>/<room>` is for the room `room@conference.<tenant>.D`, which is another than `room@conference.D`.',
  ),
  lobby: onOff(
    'CONCLAVE_LOBBY',
    true,
    'Whether moderators may have people wait in a lobby until they let them in.',
  ),
  lobbyFromStart: onOff(
    'CONCLAVE_LOBBY_FROM_START',
    false,
    'Whether conferences begin with a lobby, so that nobody is in before a host has looked. Accounts of D, and tokens that make moderators, do not wait. There is a lobby then, whatever `conference.lobby` says.',
  ),
  breakoutRooms: onOff(
    'CONCLAVE_BREAKOUT_ROOMS',
    true,
    'Whether moderators may divide a conference into breakout rooms.',
  ),
  polls: onOff('CONCLAVE_POLLS', true, 'Whether there are polls.'),
  avModeration: onOff(
    'CONCLAVE_AV_MODERATION',
    true,
    'Whether moderators may decide who unmutes microphone, camera and screen.',
  ),
  waitForHost: onOff(
    'CONCLAVE_WAIT_FOR_HOST',
    false,
    'Whether guests wait in the lobby of a room that is open until somebody with an account of D, or with a token, has come. There is a lobby then, whatever `conference.lobby` says.',
  ),
  chat: conferenceChat,
  visitors: conferenceVisitors,
  fileSharing,
  audioTranslation: onOff(
    'CONCLAVE_AUDIO_TRANSLATION',
    false,
    'Whether people may ask to hear others in another language. It takes a service that translates speech, which the focus connects the bridges to.',
  ),
  everybodyModerates: onOff(
    'CONCLAVE_EVERYBODY_MODERATES',
    false,
    'Whether whoever enters a conference is a moderator.',
  ),
  discoveryAtLogin: onOff(
    'CONCLAVE_DISCOVERY_AT_LOGIN',
    false,
    'Whether clients that come for a conference are told as they log in which components there are, so that they need not ask, and are in sooner where the way to the server is long. They are told of TURN servers when they enter the conference then.',
  ),
  requireNames: onOff(
    'CONCLAVE_REQUIRE_NAMES',
    false,
    'Whether everybody has to say a name before entering.',
  ),
  hideNamesFromGuests: onOff(
    'CONCLAVE_HIDE_NAMES_FROM_GUESTS',
    false,
    'Whether only moderators learn who the others are: their names, addresses, pictures. In polls, files and statistics nobody is named then.',
  ),
  maxMinutes: optionalCount(
    'CONCLAVE_MAX_MINUTES',
    'How many minutes a conference may last; then it ends for all. Default: as long as it wants.',
  ),
  eventsUrl: serviceUrl(
    'CONCLAVE_CONFERENCE_EVENTS_URL',
    'A service that is told by `POST <url>/events/room/created` and so on, in JSON, what happens in conferences: `room/created`, `room/destroyed` (with how much it was used), `occupant/joined`, `occupant/left`, `occupant/role-changed`, `recording/started`, `recording/stopped`, `transcription/started`, `transcription/stopped`, `poll/created`, `poll/answered`.',
  ),
  eventsToken: bearerToken(
    'CONCLAVE_CONFERENCE_EVENTS_TOKEN',
    'Sent to that service as `Authorization: Bearer`.',
  ),
  eventsChat: onOff(
    'CONCLAVE_CONFERENCE_EVENTS_CHAT',
    false,
    'Whether that service is also told what is written to all in a conference (`chat/message`). What is written in private it is never told.',
  ),
  reservationsUrl: serviceUrl(
    'CONCLAVE_RESERVATIONS_URL',
    "A service that is asked by `POST <url>/conference` before a conference is opened, whether it is booked (Jitsi's reservation API), and how: until when, with which password, with a lobby, for how many people. What it does not have in its books is not opened; nor is anything while it does not answer.",
  ),
  reservationsToken: bearerToken(
    'CONCLAVE_RESERVATIONS_TOKEN',
    'Sent to that service as `Authorization: Bearer`.',
  ),
  api: conferenceApi,
  maxParticipants: optionalCount(
    'CONCLAVE_MAX_PARTICIPANTS',
    'How many people fit into one conference. Default: as many as a room of the XMPP server takes (1000).',
  ),
});
