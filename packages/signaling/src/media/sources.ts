/** RTP sources and their groups as XML (XEP-0339, with Jitsi's name, videoType and owner). */
import {
  type Element,
  attribute,
  el,
  oneOf,
  present,
  requiredAttribute,
  requiredInteger,
} from '../elements.js';
import { NS } from '../namespaces.js';
import { requireLine, requireToken } from './text.js';
import type { MediaSources, Source, SourceGroup, VideoType } from './types.js';

export const maxSsrc = 0xffffffff;

export function encodeSource(source: Source): Element {
  return el(
    'source',
    { xmlns: NS.sourceAttributes, ssrc: source.ssrc, name: source.name, videoType: source.videoType },
    source.msid === undefined ? undefined : el('parameter', { name: 'msid', value: source.msid }),
    source.owner === undefined ? undefined : el('ssrc-info', { xmlns: NS.jitmeet, owner: source.owner }),
  );
}

function decodeVideoType(text: string): VideoType {
  const videoType = text.toLowerCase();
  if (videoType === 'desktop_high_fps') return 'desktop';
  return oneOf(videoType, ['camera', 'desktop', 'none'], 'videoType');
}

function decodeSource(element: Element): Source {
  const name = attribute(element, 'name');
  const msid = element.getChildren('parameter').find((parameter) => attribute(parameter, 'name') === 'msid');
  const videoType = attribute(element, 'videoType');
  const info = element.getChild('ssrc-info', NS.jitmeet);
  // An owner may come as the occupant's JID: its resource is the endpoint.
  const owner = info && requiredAttribute(info, 'owner');
  return present({
    ssrc: requiredInteger(element, 'ssrc', 1, maxSsrc),
    name: name === undefined ? undefined : requireToken(name, 'a source name'),
    msid: msid && requireLine(requiredAttribute(msid, 'value'), 'msid'),
    videoType: videoType === undefined ? undefined : decodeVideoType(videoType),
    owner: owner && requireLine(owner.slice(owner.indexOf('/') + 1), 'owner'),
  });
}

function decodeGroup(element: Element): SourceGroup {
  return {
    semantics: oneOf(requiredAttribute(element, 'semantics').toUpperCase(), ['FID', 'SIM'], 'semantics'),
    ssrcs: element.getChildren('source').map((source) => requiredInteger(source, 'ssrc', 1, maxSsrc)),
  };
}

/** The `<source/>` and `<ssrc-group/>` children that say `media`. */
export function encodeMediaSources(media: MediaSources): Element[] {
  return [
    ...media.sources.map(encodeSource),
    ...media.groups.map((group) =>
      el(
        'ssrc-group',
        { xmlns: NS.sourceAttributes, semantics: group.semantics },
        group.ssrcs.map((ssrc) => el('source', { ssrc })),
      ),
    ),
  ];
}

/** Reads the sources and groups that are children of `parent`; empty groups say nothing. Throws a SignalingError. */
export function decodeMediaSources(parent: Element): MediaSources {
  return {
    sources: parent.getChildren('source', NS.sourceAttributes).map(decodeSource),
    groups: parent
      .getChildren('ssrc-group', NS.sourceAttributes)
      .map(decodeGroup)
      .filter((group) => group.ssrcs.length > 0),
  };
}
