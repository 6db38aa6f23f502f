/** Payload types (XEP-0167, feedback XEP-0293) and header extensions (XEP-0294), as Jingle and Colibri2 both write them. */
import {
  type Element,
  attribute,
  el,
  integerAttribute,
  present,
  requiredAttribute,
  requiredInteger,
} from '../elements.js';
import { NS } from '../namespaces.js';
import { requireLine, requireToken } from './text.js';
import type { HeaderExtension, PayloadType, RtcpFeedback } from './types.js';

/** What may be sent within one medium. */
export interface MediaFormats {
  readonly payloadTypes: readonly PayloadType[];
  readonly headerExtensions: readonly HeaderExtension[];
  /** Whether one- and two-byte header extensions may be mixed (RFC 8285 s.6). */
  readonly extmapAllowMixed: boolean;
}

function encodePayloadType(payloadType: PayloadType, xmlns: string | undefined): Element {
  return el(
    'payload-type',
    {
      xmlns,
      id: payloadType.id,
      name: payloadType.name,
      clockrate: payloadType.clockrate,
      channels: payloadType.channels,
    },
    // A format-specific line without a name (RED: `111/111`) has the empty key.
    Object.entries(payloadType.parameters).map(([name, value]) =>
      el('parameter', { name: name === '' ? undefined : name, value }),
    ),
    payloadType.rtcpFeedback.map((feedback) =>
      el('rtcp-fb', { xmlns: NS.rtcpFeedback, type: feedback.type, subtype: feedback.subtype }),
    ),
  );
}

function decodePayloadType(element: Element): PayloadType {
  return present({
    id: requiredInteger(element, 'id', 0, 127),
    name: requireToken(requiredAttribute(element, 'name'), 'a payload type name'),
    clockrate: requiredInteger(element, 'clockrate', 1, 0xffffffff),
    channels: integerAttribute(element, 'channels', 1, 255),
    parameters: Object.fromEntries(
      element
        .getChildren('parameter')
        .map((parameter) => [
          requireLine(attribute(parameter, 'name') ?? '', 'a payload type parameter'),
          requireLine(attribute(parameter, 'value') ?? '', 'a payload type parameter'),
        ]),
    ),
    rtcpFeedback: element.getChildren('rtcp-fb', NS.rtcpFeedback).map(decodeFeedback),
  });
}

function decodeFeedback(element: Element): RtcpFeedback {
  const subtype = attribute(element, 'subtype');
  return present({
    type: requireToken(requiredAttribute(element, 'type'), 'an rtcp-fb type'),
    subtype: subtype === undefined || subtype === '' ? undefined : requireLine(subtype, 'an rtcp-fb subtype'),
  });
}

/** The children that say `formats`; `payloadNamespace` where the parent is not in Jingle's RTP namespace. */
export function encodeFormats(formats: MediaFormats, payloadNamespace?: string): Element[] {
  return [
    ...formats.payloadTypes.map((payloadType) => encodePayloadType(payloadType, payloadNamespace)),
    ...formats.headerExtensions.map(({ id, uri }) =>
      el('rtp-hdrext', { xmlns: NS.rtpHeaderExtensions, id, uri }),
    ),
    ...(formats.extmapAllowMixed ? [el('extmap-allow-mixed', { xmlns: NS.rtpHeaderExtensions })] : []),
  ];
}

/** Reads the formats that are children of `parent`. Throws a SignalingError. */
export function decodeFormats(parent: Element): MediaFormats {
  return {
    payloadTypes: parent.getChildren('payload-type', NS.rtp).map(decodePayloadType),
    headerExtensions: parent.getChildren('rtp-hdrext', NS.rtpHeaderExtensions).map((extension) => ({
      id: requiredInteger(extension, 'id', 1, 255),
      uri: requireToken(requiredAttribute(extension, 'uri'), 'a header extension uri'),
    })),
    extmapAllowMixed: parent.getChild('extmap-allow-mixed', NS.rtpHeaderExtensions) !== undefined,
  };
}
