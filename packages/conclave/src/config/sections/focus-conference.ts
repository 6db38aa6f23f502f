/** How conferences run, as the operator says it: `focus.conference`, and the logins that open them: `focus.logins`. */
import { z } from 'zod';
import type { FocusOptions } from '@conclave/focus';
import { onOff, whole } from '../values.js';

export const focusConference = z.object({
  initialTimeout: whole(
    'CONCLAVE_FOCUS_CONFERENCE_INITIAL_TIMEOUT',
    15,
    'How many seconds a conference that was opened waits for somebody to come.',
  ),
  singleParticipantTimeout: whole(
    'CONCLAVE_FOCUS_CONFERENCE_SINGLE_PARTICIPANT_TIMEOUT',
    20,
    'After how many seconds alone the last participant stops sending to the bridge.',
  ),
  minParticipants: whole(
    'CONCLAVE_FOCUS_CONFERENCE_MIN_PARTICIPANTS',
    2,
    'How many people have to be there before media begin.',
  ),
  maxSourcesPerParticipant: whole(
    'CONCLAVE_FOCUS_CONFERENCE_MAX_SOURCES_PER_PARTICIPANT',
    20,
    'How many sources (SSRCs) one participant may send, layers and retransmissions included; and how many groups of them.',
  ),
  maxAudioSenders: whole(
    'CONCLAVE_FOCUS_CONFERENCE_MAX_AUDIO_SENDERS',
    999_999,
    'How many may have their microphones on at the same time. Whoever comes beyond that starts muted.',
  ),
  maxVideoSenders: whole(
    'CONCLAVE_FOCUS_CONFERENCE_MAX_VIDEO_SENDERS',
    999_999,
    'The same for cameras and screens.',
  ),
  restartsPerMinute: whole(
    'CONCLAVE_FOCUS_CONFERENCE_RESTARTS_PER_MINUTE',
    5,
    'How often a client may ask for another session within a minute.',
  ),
  stripSimulcast: onOff(
    'CONCLAVE_FOCUS_CONFERENCE_STRIP_SIMULCAST',
    true,
    'Whether clients are told of simulcast the first layer only, which is what they receive.',
  ),
  autoOwner: onOff(
    'CONCLAVE_FOCUS_CONFERENCE_AUTO_OWNER',
    true,
    'Where `focus.authentication` is `none`: whether whoever comes first becomes moderator.',
  ),
  randomDocumentName: onOff(
    'CONCLAVE_FOCUS_CONFERENCE_RANDOM_DOCUMENT_NAME',
    false,
    'Whether the name of the shared document (Etherpad) is a random one instead of that of the room.',
  ),
});

export const focusLogins = z.object({
  hours: whole(
    'CONCLAVE_FOCUS_LOGINS_HOURS',
    24,
    'After how many hours without use a login at the page is forgotten. Logins by token last a minute.',
  ),
  auto: onOff(
    'CONCLAVE_FOCUS_LOGINS_AUTO',
    true,
    'Whether a login at the page is good for further conferences, and not only for the one that it opened.',
  ),
});

/** As the focus wants it. */
export function conferenceSettings({
  initialTimeout,
  singleParticipantTimeout,
  maxSourcesPerParticipant,
  restartsPerMinute,
  ...rest
}: z.infer<typeof focusConference>): NonNullable<FocusOptions['conference']> {
  return {
    ...rest,
    initialTimeoutMs: initialTimeout * 1000,
    singleParticipantTimeoutMs: singleParticipantTimeout * 1000,
    maxSourcesPerParticipant,
    maxGroupsPerParticipant: maxSourcesPerParticipant,
    restarts: { maxRequests: restartsPerMinute },
  };
}

export const loginSettings = ({
  hours,
  auto,
}: z.infer<typeof focusLogins>): NonNullable<FocusOptions['sessions']> => ({
  lifetimeMs: hours * 3_600_000,
  autoLogin: auto,
});
