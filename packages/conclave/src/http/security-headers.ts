/**
 * The headers that every answer of the web front carries. The page may load from its own origin alone, runs no inline code,
 * is shown in nobody's frame, and tells nobody where its reader came from.
 */

/** A host as a browser sends it (RFC 9110 section 7.2): nothing that could add a source to the policy. */
const plainHost = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;

/** @param host the Host header of the request; CSP level 2 browsers do not take 'self' for the WebSocket of the same origin */
export function securityHeaders(host: string | undefined): Record<string, string> {
  const webSockets = host !== undefined && plainHost.test(host) ? ` ws://${host} wss://${host}` : '';
  return {
    'content-security-policy': [
      "default-src 'self'",
      `connect-src 'self'${webSockets}`,
      "img-src 'self' blob:",
      "media-src 'self' blob:",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy':
      'camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), geolocation=(), payment=(), usb=(), interest-cohort=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}
