/**
 * The same dialogues with Debian's Prosody and with our server: whatever one hears differently must stand in
 * docs/handbook/differences-from-prosody.md, with the specification that asks for it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messaging } from './dialogues/messaging.js';
import { presence } from './dialogues/presence.js';
import { services } from './dialogues/services.js';
import { rooms } from './dialogues/rooms.js';
import { storing } from './dialogues/storing.js';
import { streams } from './dialogues/streams.js';
import {
  type AcceptedDifference,
  acceptedDifferences,
  differences,
  isRule,
  isSpecific,
  row,
} from './differences.js';
import { type Peer, startConclave, startProsody, whyNoProsody } from './peers.js';
import { accountOf, cast, type Dialogue, Stage, type Transcript } from './stage.js';

const dialogues: readonly Dialogue[] = [
  ...streams,
  ...presence,
  ...messaging,
  ...storing,
  ...services,
  ...rooms,
];

if (whyNoProsody !== undefined && process.getuid?.() === 0) throw new Error(whyNoProsody);
if (whyNoProsody !== undefined) process.emitWarning(`nothing is compared with Prosody: ${whyNoProsody}`);

async function played(peer: Peer, dialogue: Dialogue): Promise<Transcript> {
  const stage = new Stage(peer, dialogues.indexOf(dialogue));
  try {
    await dialogue.play(stage);
    return new Map([...stage.transcript].map(([where, heard]) => [`${dialogue.title}, ${where}`, heard]));
  } finally {
    stage.end();
  }
}

/** Every fact that was heard. */
function note(said: Set<string>, transcript: Transcript): void {
  for (const { facts } of [...transcript.values()].flat()) for (const fact of facts) said.add(fact);
}

describe.skipIf(whyNoProsody !== undefined)('side by side with Prosody', () => {
  let peers: readonly [prosody: Peer, conclave: Peer];
  let accepted: readonly AcceptedDifference[];
  const said = { prosody: new Set<string>(), conclave: new Set<string>() };

  beforeAll(async () => {
    const usernames = dialogues.flatMap((_, index) => cast.map((name) => accountOf(name, index)));
    accepted = await acceptedDifferences();
    peers = await Promise.all([startProsody(usernames), startConclave(usernames)]);
  });

  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
  });

  it.each(dialogues)('$title', async (dialogue) => {
    const [prosody, conclave] = peers;
    const [theirs, ours] = await Promise.all([played(prosody, dialogue), played(conclave, dialogue)]);
    note(said.prosody, theirs);
    note(said.conclave, ours);
    const explained = accepted
      .filter((each) => isSpecific(each) && each.where.startsWith(`${dialogue.title}, `))
      .map(row);
    expect([...differences(theirs, ours, accepted)].map(row).sort()).toEqual(explained.sort());
  });

  it('each rule was needed', () => {
    for (const { prosody, conclave } of accepted.filter(isRule)) {
      expect([...said.prosody]).toEqual(expect.arrayContaining([...prosody]));
      expect([...said.conclave]).toEqual(expect.arrayContaining([...conclave]));
    }
  });

  it('each difference has its reason', () => {
    for (const { why } of accepted) expect(why).toMatch(/RFC \d|XEP-\d|CVE-\d/);
  });

  it('no dialogue is explained that is not held', () => {
    const titles = dialogues.map(({ title }) => title);
    for (const { where } of accepted.filter(isSpecific)) expect(titles).toContain(where.split(', ')[0]);
  });
});
