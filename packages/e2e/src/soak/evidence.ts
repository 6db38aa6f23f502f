/** What may explain that something is wrong: what happened to each participant, and what the bridges know of each, in a file. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stage } from '../swarm/stage.js';
import type { Member } from './member.js';

interface DebugState {
  readonly conferences?: readonly { readonly meetingId: string }[];
}

async function bridgeState(stage: Stage, bridge: 'bridge' | 'other bridge'): Promise<unknown> {
  const { environment, alive } = stage.process(bridge);
  if (!alive) return 'is not running';
  const origin = `http://127.0.0.1:${environment['CONCLAVE_BRIDGE_HTTP_PORT']}`;
  const { conferences = [] } = (await (await fetch(`${origin}/debug`)).json()) as DebugState;
  const states = conferences.map(async ({ meetingId }) => {
    const state: unknown = await (await fetch(`${origin}/debug/${meetingId}`)).json();
    return state;
  });
  return Promise.all(states);
}

/** @returns the file's path */
export async function writeEvidence(
  stage: Stage,
  members: readonly Member[],
  name: string,
  wrong: readonly string[],
): Promise<string> {
  const [bridge, other] = await Promise.all([
    bridgeState(stage, 'bridge'),
    bridgeState(stage, 'other bridge'),
  ]);
  const participants = members.map(({ participant, leg }) => ({
    nick: participant.nick,
    room: participant.room,
    told: leg.told,
    muted: [...leg.muted],
    sent: participant.sent,
    history: participant.history,
  }));
  const path = join(tmpdir(), `${name}.json`);
  await writeFile(path, JSON.stringify({ wrong, participants, bridge, other }, undefined, 1));
  return path;
}
