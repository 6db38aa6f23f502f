/** Where XMPP is found at this origin, for clients that only know its name (XEP-0156): `/.well-known/host-meta`, in XML and JSON. */

interface Link {
  readonly rel: string;
  readonly href: string;
}

/** @param origin of the page, as people reach it */
function links(origin: string): readonly Link[] {
  return [
    { rel: 'urn:xmpp:alt-connections:websocket', href: `${origin.replace(/^http/, 'ws')}/xmpp-websocket` },
    { rel: 'urn:xmpp:alt-connections:xbosh', href: `${origin}/http-bind` },
  ];
}

/** An origin has no character that XML would need escaped. */
export function hostMetaXml(origin: string): string {
  const lines = links(origin).map(({ rel, href }) => `  <Link rel="${rel}" href="${href}"/>\n`);
  return `<?xml version="1.0" encoding="utf-8"?>
<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
${lines.join('')}</XRD>
`;
}

export function hostMetaJson(origin: string): { readonly links: readonly Link[] } {
  return { links: links(origin) };
}
