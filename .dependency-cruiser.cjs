// Who may import whom (docs/decisions/0001): the picture of the house, held by a machine.
const services = '^packages/(focus|videobridge|xmpp-server)/';

/** A package may import only the named others (and itself). */
const only = (name, allowed) => ({
  name: `${name}-imports`,
  comment: `packages/${name} may import ${allowed.length ? allowed.join(', ') : 'no other package'}.`,
  severity: 'error',
  from: { path: `^packages/${name}/src` },
  to: {
    path: '^packages/',
    pathNot: [`^packages/${name}/`, ...allowed.map((other) => `^packages/${other}/`)],
  },
});

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    only('signaling', []),
    only('xmpp-connection', ['signaling']),
    only('xmpp-server', ['signaling']),
    only('focus', ['signaling', 'xmpp-connection']),
    only('videobridge', ['signaling', 'xmpp-connection']),
    only('client', ['signaling']),
    only('web', ['client']),
    {
      name: 'services-meet-on-the-wire',
      comment: 'focus, videobridge and xmpp-server never import one another, also when they share a process.',
      severity: 'error',
      from: { path: services },
      to: { path: services, pathNot: '^packages/$1/' },
    },
    {
      name: 'no-deep-imports',
      comment:
        "Another package's face is its index.ts; young-generation.ts comes before all that this imports.",
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: {
        path: '^packages/([^/]+)/(src|dist)/',
        pathNot: ['^packages/$1/', '^packages/[^/]+/(src|dist)/(index|young-generation)\\.'],
      },
    },
    {
      name: 'browser-imports-no-node',
      comment: 'What runs in a browser imports no node:*.',
      severity: 'error',
      from: { path: '^packages/(signaling|client|web)/src', pathNot: '\\.test\\.tsx?$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'one-door-to-node-datachannel',
      comment:
        'An exception that leaves one of its callbacks aborts the process: only the guarded transport touches it.',
      severity: 'error',
      from: { path: '^packages/', pathNot: ['^packages/videobridge/src/transport/', '^packages/bench/'] },
      to: { path: 'node_modules/node-datachannel' },
    },
    {
      name: 'clockless-media-path',
      comment: 'rtp, receive, bandwidth, send and speech take time as an argument.',
      severity: 'error',
      from: {
        path: '^packages/videobridge/src/(rtp|receive|bandwidth|send|speech)/',
        pathNot: '\\.test\\.ts$',
      },
      to: { path: '^(node:)?timers|^packages/videobridge/src/(transport|colibri)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '^packages/[^/]+/dist/|/\\.tsbuild/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.json'],
    },
  },
};
