/** Large meetings, which most people only look at: `conference.visitors`. */
import { z } from 'zod';
import { settingMeta } from './setting.js';

const whole = (env: string, byDefault: number, most: number, about: string) => {
  const message = `must be a whole number from 1 to ${most}`;
  return z
    .number({ error: message })
    .int(message)
    .min(1, message)
    .max(most, message)
    .default(byDefault)
    .register(settingMeta, { env, type: `number from 1 to ${most}`, about });
};

const onOff = (env: string, about: string) =>
  z
    .boolean({ error: 'must be `true` or `false`' })
    .default(false)
    .register(settingMeta, { env, type: '`true` or `false`', about });

export const conferenceVisitors = z.object({
  enabled: onOff(
    'CONCLAVE_VISITORS',
    'Whether people who come to a large conference look on as visitors, who are not seen and send nothing; moderators let those take part who raise a hand. They enter by hosts of their own, `v1.meet.jitsi` and so on: Jitsi’s clients know them by these names only, and no DNS has to.',
  ),
  threshold: whole(
    'CONCLAVE_VISITORS_THRESHOLD',
    50,
    100_000,
    'How many take part in a conference before those who come later look on. From the first visitor on, whoever comes looks on.',
  ),
  nodes: whole(
    'CONCLAVE_VISITORS_NODES',
    1,
    16,
    'Over how many rooms the visitors of a conference are spread, each on a host of its own.',
  ),
  maxPerNode: whole(
    'CONCLAVE_VISITORS_MAX_PER_NODE',
    500,
    100_000,
    'How many visitors of a conference one node takes before another is used.',
  ),
  autoPromote: onOff(
    'CONCLAVE_VISITORS_AUTO_PROMOTE',
    'Whether a visitor who raises a hand takes part at once, without a moderator.',
  ),
  liveRooms: onOff(
    'CONCLAVE_VISITORS_LIVE_ROOMS',
    'Whether visitors wait while the metadata of a room say `visitors.live: false`, until a moderator lets it go live.',
  ),
  onlyWhereRoomsSaySo: onOff(
    'CONCLAVE_VISITORS_ONLY_WHERE_ROOMS_SAY_SO',
    'Whether only rooms have visitors whose metadata say `visitorsEnabled`.',
  ),
});

/** The nodes by the names that clients know them by; none: there are no visitors. */
export function visitorNodes({ enabled, nodes }: z.output<typeof conferenceVisitors>): readonly string[] {
  return enabled ? Array.from({ length: nodes }, (_, index) => `v${index + 1}`) : [];
}

/** What the XMPP server is told of them. */
export function visitorChoices(visitors: z.output<typeof conferenceVisitors>) {
  const { enabled, autoPromote } = visitors;
  return enabled ? { nodes: visitorNodes(visitors), autoPromote } : undefined;
}
