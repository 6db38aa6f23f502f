/** How the focus chooses a videobridge for each participant, as the operator says it: `focus.bridges`. */
import { z } from 'zod';
import { settingMeta } from '../setting.js';
import { onOff, region, whole } from '../values.js';

const strategies = ['single', 'split', 'intra-region', 'region-based'] as const;

export const focusBridges = z.object({
  strategy: z
    .enum(strategies, { error: `must be one of ${strategies.join(', ')}` })
    .default('single')
    .register(settingMeta, {
      env: 'CONCLAVE_FOCUS_BRIDGES_STRATEGY',
      type: strategies.join(', '),
      about:
        'How a bridge is chosen for a participant. `single`: one bridge a conference, the least loaded, in the region of the first participant if there is one. `region-based`: bridges near the participants. `intra-region`: bridges of one region. `split`: a bridge each, to try bridges together. All but `single` use several bridges only where `focus.bridges.relays` is set.',
    }),
  visitorStrategy: z
    .enum(strategies, { error: `must be one of ${strategies.join(', ')}` })
    .optional()
    .register(settingMeta, {
      env: 'CONCLAVE_FOCUS_BRIDGES_VISITOR_STRATEGY',
      type: strategies.join(', '),
      about:
        'The same for visitors, who then have bridges of their own as long as there are any. Unset: they are on those of participants. It needs relays.',
    }),
  relays: onOff(
    'CONCLAVE_FOCUS_BRIDGES_RELAYS',
    false,
    'Whether a conference may use several bridges, which then send each other its media. They must have a `relay_id`, and reach each other.',
  ),
  mixedVersions: onOff(
    'CONCLAVE_FOCUS_BRIDGES_MIXED_VERSIONS',
    false,
    'Whether bridges of different versions may serve one conference.',
  ),
  loadRedistribution: onOff(
    'CONCLAVE_FOCUS_BRIDGES_LOAD_REDISTRIBUTION',
    false,
    'Whether a bridge with too much to do loses participants, ten a time, while another has room. It needs relays and another strategy than `single`.',
  ),
  iceFailureDetection: onOff(
    'CONCLAVE_FOCUS_BRIDGES_ICE_FAILURE_DETECTION',
    false,
    'Whether a bridge counts as overloaded for ten minutes when more than a tenth of its participants (30 at least) want to restart within two.',
  ),
  healthByPresence: onOff(
    'CONCLAVE_FOCUS_BRIDGES_HEALTH_BY_PRESENCE',
    false,
    'Whether bridges are judged by what they say of themselves in their presence, and given up after 45 seconds without, instead of being asked every two seconds. Saves work where there are very many.',
  ),
  regionGroups: z
    .array(
      z.string().regex(/^[\w.-]{1,64}( [\w.-]{1,64})*$/, 'must list names of regions with a space between'),
      {
        error: 'must be a list of groups of regions',
      },
    )
    .max(100)
    .default([])
    .register(settingMeta, {
      env: 'CONCLAVE_FOCUS_BRIDGES_REGION_GROUPS',
      type: 'list of names of regions with a space between',
      about: 'Regions that are as good as each other, one group an entry, e.g. `eu-west eu-central`.',
    }),
  localRegion: region(
    'CONCLAVE_FOCUS_BRIDGES_LOCAL_REGION',
    'The region of the focus: with `region-based`, conferences begin there when that is near the first participant, or no bridge is.',
  ),
  maxParticipants: whole(
    'CONCLAVE_FOCUS_BRIDGES_MAX_PARTICIPANTS',
    80,
    'How many participants of one conference a bridge is given before another is preferred.',
  ),
  maxParticipantsPerInterval: whole(
    'CONCLAVE_FOCUS_BRIDGES_MAX_PARTICIPANTS_PER_INTERVAL',
    999_999,
    'The same for those who have come within a minute.',
  ),
});
