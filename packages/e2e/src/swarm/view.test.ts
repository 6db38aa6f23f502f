/** What a participant believes of the others, step by step. */
import type { Jingle, JingleAction, Source } from '@conclave/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import { View } from './view.js';

const jingle = (action: JingleAction, ...sources: Source[]): Jingle => ({
  action,
  sid: 's',
  bundle: [],
  contents: [
    {
      name: 'audio',
      creator: 'initiator',
      senders: 'both',
      description: {
        media: 'audio',
        payloadTypes: [],
        headerExtensions: [],
        extmapAllowMixed: false,
        rtcpMux: true,
        sources: { sources, groups: [] },
      },
    },
  ],
});
const source = (ssrc: number, owner: string): Source => ({ ssrc, owner });

describe('a view', () => {
  let view: View;
  const known = () => Object.fromEntries(view.sources);

  beforeEach(() => {
    view = new View((endpoint) => endpoint === 'aaaa');
    view.offered(jingle('session-initiate', source(9, 'jvb'), source(1, 'aaaa'), source(2, 'bbbb')));
  });

  it('begins with the offer, without what is the bridge’s own', () => {
    expect(known()).toEqual({ aaaa: [1], bbbb: [2] });
  });

  it('follows additions and removals, in either form', () => {
    view.added(jingle('source-add', source(3, 'aaaa')));
    const video = { sources: [{ ssrc: 4, owner: 'cccc' }], groups: [] };
    const set = { video, audio: { sources: [], groups: [] } };
    view.added({ ...jingle('source-add'), jsonSources: new Map([['cccc', set]]) });
    view.removed(jingle('source-remove', source(1, 'aaaa')));
    expect(known()).toEqual({ aaaa: [3], bbbb: [2], cccc: [4] });
    expect(view.faults).toEqual([]);
  });

  it('forgets who has left, and everybody at the end of the session', () => {
    view.left('bbbb');
    expect(known()).toEqual({ aaaa: [1] });
    view.ended();
    expect(known()).toEqual({});
  });

  it('notices what is told twice', () => {
    view.added(jingle('source-add', source(2, 'bbbb')));
    expect(view.faults).toEqual(['source-add told 2 of bbbb twice']);
  });

  it('notices what is taken and was never told, unless its owner has left', () => {
    view.removed(jingle('source-remove', source(7, 'aaaa'), source(8, 'gone')));
    expect(view.faults).toEqual(['source-remove took 7 of aaaa, which was never told']);
  });
});
