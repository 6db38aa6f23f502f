/** Large meetings, which most people only look at: `conference.visitors`. */
import { z } from 'zod';
import { onOff, whole } from '../values.js';

export const conferenceVisitors = z.object({
  enabled: onOff(
    'CONCLAVE_VISITORS',
    false,
    'Whether people who come to a large conference look on as visitors, who are not seen and send nothing; moderators let those take part who raise a hand. They enter by hosts of their own, `v1.meet.jitsi` and so on: Jitsi’s clients know them by these names only, and no DNS has to.',
  ),
  threshold: whole(
    'CONCLAVE_VISITORS_THRESHOLD',
    50,
    'How many take part in a conference before those who come later look on. From the first visitor on, whoever comes looks on.',
    [1, 100_000],
  ),
  nodes: whole(
    'CONCLAVE_VISITORS_NODES',
    1,
    'Over how many rooms the visitors of a conference are spread, each on a host of its own.',
    [1, 16],
  ),
  maxPerNode: whole(
    'CONCLAVE_VISITORS_MAX_PER_NODE',
    500,
    'How many visitors of a conference one node takes before another is used.',
    [1, 100_000],
  ),
  autoPromote: onOff(
    'CONCLAVE_VISITORS_AUTO_PROMOTE',
    false,
    'Whether a visitor who raises a hand takes part at once, without a moderator.',
  ),
  liveRooms: onOff(
    'CONCLAVE_VISITORS_LIVE_ROOMS',
    false,
    'Whether visitors wait while the metadata of a room say `visitors.live: false`, until a moderator lets it go live.',
  ),
  onlyWhereRoomsSaySo: onOff(
    'CONCLAVE_VISITORS_ONLY_WHERE_ROOMS_SAY_SO',
    false,
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
