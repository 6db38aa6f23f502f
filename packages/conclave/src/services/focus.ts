/** The focus, logged in to the XMPP server with the password that both find in the secrets directory. */
import { join } from 'node:path';
import { type Focus, type FocusOptions, type JournalFile, startFocus } from '@conclave/focus';
import { privateDirectory, readIfThere, replaceFile } from '../data/data-directory.js';
import { publishedCertificate } from '../data/server-certificate.js';
import { servicePassword } from '../data/service-passwords.js';
import { visitorRooms } from '@conclave/xmpp-server';
import { conferenceSettings, loginSettings } from '../config/sections/focus-conference.js';
import { connectSettings } from '../config/sections/focus-connects.js';
import type { Config } from '../config/schema.js';
import { visitorNodes } from '../config/sections/visitors.js';
import type { Scope } from '../process/scope.js';
import { authenticationOf } from './admission.js';
import { type ServiceContext, sharedDirectory } from './context.js';

/** Where the XMPP server listens for clients. */
export interface XmppAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a focus of its own process writes down what runs; one that stops together with the XMPP server has no use for it. */
export async function focusJournal({ paths }: ServiceContext): Promise<JournalFile> {
  await privateDirectory(paths.focus);
  const path = join(paths.focus, 'running-conferences.json');
  return { read: () => readIfThere(path), replace: (text) => replaceFile(path, text) };
}

/** How the focus chooses among bridges. */
function bridgeSettings({
  regionGroups,
  localRegion,
  loadRedistribution,
  iceFailureDetection,
  healthByPresence,
  ...rest
}: Config['focus']['bridges']): NonNullable<FocusOptions['bridges']> {
  return {
    ...rest,
    loadRedistribution: { enabled: loadRedistribution },
    iceFailureDetection: { enabled: iceFailureDetection },
    healthChecks: { usePresence: healthByPresence },
    regions: {
      groups: regionGroups.map((group) => group.split(' ')),
      ...(localRegion !== undefined && { local: localRegion }),
    },
  };
}

/** Where visitors look on. */
function visitorSettings(visitors: Config['conference']['visitors']): NonNullable<FocusOptions['visitors']> {
  const { enabled, threshold, maxPerNode, liveRooms, onlyWhereRoomsSaySo } = visitors;
  return {
    enabled,
    nodes: visitorNodes(visitors).map((name) => ({ name, service: visitorRooms(name) })),
    maxParticipants: threshold,
    maxVisitorsPerNode: maxPerNode,
    liveRooms,
    onlyWhereRoomsSaySo,
  };
}

/** With a journal, stopping it leaves conferences to the next focus. */
export async function startFocusService(
  context: ServiceContext,
  xmpp: XmppAddress,
  scope: Scope,
  journal?: JournalFile,
): Promise<Focus> {
  const { config, paths, log } = context;
  await sharedDirectory(context);
  const focus = await startFocus(
    {
      domain: config.domain,
      authentication: authenticationOf(config),
      conference: {
        ...conferenceSettings(config.focus.conference),
        iceRestart: config.focus.iceRestart,
        ssrcRewriting: config.focus.ssrcRewriting,
        redundantAudio: config.focus.redundantAudio,
        layersAllocation: config.focus.layersAllocation,
      },
      sessions: loginSettings(config.focus.logins),
      gateways: { enabled: config.telephony.servicePassword !== undefined },
      ...connectSettings(config.focus.transcription, config.focus.translation),
      bridges: bridgeSettings(config.focus.bridges),
      visitors: visitorSettings(config.conference.visitors),
      xmpp: {
        ...xmpp,
        username: 'focus',
        password: await servicePassword(paths.secrets, 'focus'),
        tls: { ca: () => publishedCertificate(paths) },
      },
    },
    { log: log.child({ service: 'focus' }), ...(journal && { journal }) },
  );
  scope.add('focus', () => focus.handOver());
  return focus;
}
