/** How conferences run, as the operator says it: `focus.conference`, and the logins that open them: `focus.logins`. */
import { z } from 'zod';
import type { FocusOptions } from '@conclave/focus';
import { settingMeta } from './setting.js';

const onOff = (name: string, byDefault: boolean, about: string) =>
  z
    .boolean({ error: 'must be `true` or `false`' })
    .default(byDefault)
    .register(settingMeta, {
      env: `CONCLAVE_FOCUS_${name}`,
      type: '`true` or `false`',
      about,
    });

const whole = (name: string, byDefault: number, about: string) => {
  const message = 'must be a whole number from 1 to 1000000';
  return z
    .number({ error: message })
    .int(message)
    .min(1, message)
    .max(1_000_000, message)
    .default(byDefault)
    .register(settingMeta, {
      env: `CONCLAVE_FOCUS_${name}`,
      type: 'number from 1 to 1000000',
      about,
    });
};

export const focusConference = z.object({
  initialTimeout: whole(
    'CONFERENCE_INITIAL_TIMEOUT',
    15,
    'How many seconds a conference that was opened waits for somebody to come.',
  ),
  singleParticipantTimeout: whole(
    'CONFERENCE_SINGLE_PARTICIPANT_TIMEOUT',
    20,
    'After how many seconds alone the last participant stops sending to the bridge.',
  ),
  minParticipants: whole(
    'CONFERENCE_MIN_PARTICIPANTS',
    2,
    'How many people have to be there before media begin.',
  ),
  maxSourcesPerParticipant: whole(
    'CONFERENCE_MAX_SOURCES_PER_PARTICIPANT',
    20,
    'How many sources (SSRCs) one participant may send, layers and retransmissions included; and how many groups of them.',
  ),
  maxAudioSenders: whole(
    'CONFERENCE_MAX_AUDIO_SENDERS',
    999_999,
    'How many may have their microphones on at the same time. Whoever comes beyond that starts muted.',
  ),
  maxVideoSenders: whole('CONFERENCE_MAX_VIDEO_SENDERS', 999_999, 'The same for cameras and screens.'),
  restartsPerMinute: whole(
    'CONFERENCE_RESTARTS_PER_MINUTE',
    5,
    'How often a client may ask for another session within a minute.',
  ),
  stripSimulcast: onOff(
    'CONFERENCE_STRIP_SIMULCAST',
    true,
    'Whether clients are told of simulcast the first layer only, which is what they receive.',
  ),
  autoOwner: onOff(
    'CONFERENCE_AUTO_OWNER',
    true,
    'Where `focus.authentication` is `none`: whether whoever comes first becomes moderator.',
  ),
  randomDocumentName: onOff(
    'CONFERENCE_RANDOM_DOCUMENT_NAME',
    false,
    'Whether the name of the shared document (Etherpad) is a random one instead of that of the room.',
  ),
});

export const focusLogins = z.object({
  hours: whole(
    'LOGINS_HOURS',
    24,
    'After how many hours without use a login at the page is forgotten. Logins by token last a minute.',
  ),
  auto: onOff(
    'LOGINS_AUTO',
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
