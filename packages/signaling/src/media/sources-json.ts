/**
 * Jitsi's compact JSON form of many owners' sources, sent inside `<jingle/>` as one `<json-message/>`:
 * `{"sources": {"<owner>": [videoSources, videoGroups, audioSources, audioGroups]}}` with sources `{s, n, m, v}` and
 * groups `["f" | "s", ssrc …]`; trailing empty lists may be left out.
 */
import { type Element, el, parseInteger, present } from '../elements.js';
import { listOf, parseJson, recordOf, stringOf } from '../json.js';
import { NS } from '../namespaces.js';
import { SignalingError } from '../signaling-error.js';
import { maxSsrc } from './sources.js';
import { requireLine, requireToken } from './text.js';
import type { MediaSources, Source, SourceGroup, SourceSet } from './types.js';

function compactSource(source: Source): Record<string, unknown> {
  return present({
    s: source.ssrc,
    n: source.name,
    m: source.msid,
    v: source.videoType === 'desktop' ? 'd' : undefined,
  });
}

function compactGroup(group: SourceGroup): unknown[] {
  return [group.semantics === 'FID' ? 'f' : 's', ...group.ssrcs];
}

function compactSet(set: SourceSet): unknown[][] {
  const lists = [
    set.video.sources.map(compactSource),
    set.video.groups.map(compactGroup),
    set.audio.sources.map(compactSource),
    set.audio.groups.map(compactGroup),
  ];
  return lists.slice(0, lists.findLastIndex((list) => list.length > 0) + 1);
}

/** The JSON text that stands in the `<json-message/>`. */
export function stringifySources(sources: ReadonlyMap<string, SourceSet>): string {
  return JSON.stringify({
    sources: Object.fromEntries([...sources].map(([owner, set]) => [owner, compactSet(set)])),
  });
}

function ssrcOf(value: unknown): number {
  if (typeof value !== 'number' && typeof value !== 'string') throw new SignalingError('an ssrc is missing');
  return parseInteger(String(value), 1, maxSsrc, 'an ssrc');
}

function textOf(value: unknown, what: string): string | undefined {
  return value === undefined || value === null ? undefined : requireLine(stringOf(value, what), what);
}

function parseSource(value: unknown, owner: string, video: boolean): Source {
  const { s, n, m, v } = recordOf(value, 'a source');
  return present({
    ssrc: ssrcOf(s),
    name: textOf(n, 'a source name'),
    msid: textOf(m, 'msid'),
    videoType: video && v ? ('desktop' as const) : undefined,
    owner,
  });
}

function parseGroup(value: unknown): SourceGroup {
  const [semantics, ...ssrcs] = listOf(value, 'a source group');
  if (semantics !== 'f' && semantics !== 's') throw new SignalingError('a source group must be f or s');
  return { semantics: semantics === 'f' ? 'FID' : 'SIM', ssrcs: ssrcs.map(ssrcOf) };
}

function parseMedia(sources: unknown, groups: unknown, owner: string, video: boolean): MediaSources {
  return {
    sources: listOf(sources ?? [], 'sources').map((source) => parseSource(source, owner, video)),
    groups: listOf(groups ?? [], 'source groups')
      .map(parseGroup)
      .filter((group) => group.ssrcs.length > 0),
  };
}

/** Reads the JSON text; each source carries its owner. Throws a SignalingError. */
export function parseSources(text: string): Map<string, SourceSet> {
  const owners = recordOf(recordOf(parseJson(text), 'the message')['sources'], 'sources');
  return new Map(
    Object.entries(owners).map(([owner, lists]) => {
      const name = requireToken(owner, 'an owner');
      const [videoSources, videoGroups, audioSources, audioGroups] = listOf(lists, 'the lists of an owner');
      return [
        name,
        {
          audio: parseMedia(audioSources, audioGroups, name, false),
          video: parseMedia(videoSources, videoGroups, name, true),
        },
      ];
    }),
  );
}

/** The JSON form as the element that stands in `<jingle/>`. */
export function encodeJsonSources(sources: ReadonlyMap<string, SourceSet>): Element {
  return el('json-message', { xmlns: NS.jitmeet }, stringifySources(sources));
}

/** The JSON form among the children of `jingle`; undefined when there is none. Throws a SignalingError. */
export function decodeJsonSources(jingle: Element): Map<string, SourceSet> | undefined {
  const message = jingle.getChild('json-message', NS.jitmeet);
  return message && parseSources(message.getText());
}
