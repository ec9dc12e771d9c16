/** The layers of the project and the one direction in which they may import (docs/architecture.md). */

/** Each layer with the layers that it may import. Commands and the CLI see everything below. */
const LAYERS = {
  protocol: [],
  federation: ['protocol'],
  store: ['protocol'],
  services: ['protocol', 'federation', 'store'],
  server: ['protocol', 'federation', 'store', 'services'],
  sandbox: ['protocol', 'federation', 'store', 'services'],
  cli: ['protocol', 'federation', 'store', 'services', 'server', 'sandbox'],
  commands: ['protocol', 'federation', 'store', 'services', 'server', 'sandbox', 'cli'],
};

const upwards = Object.entries(LAYERS).map(([layer, below]) => ({
  name: `${layer}-imports-only-downwards`,
  comment: `src/${layer} may import ${below.map((name) => `src/${name}`).join(', ') || 'no other layer'}`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: '^src/', pathNot: [layer, ...below].map((name) => `^src/${name}/`).concat('^package\\.json$') },
}));

const NETWORK = '^(node:)?(http|https|http2|dns|dns/promises|tls|dgram)$';

module.exports = {
  forbidden: [
    ...upwards,
    {
      name: 'no-cycles',
      comment:
        'Two modules that need each other are one concept or a missing third. Types alone may refer to each other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'protocol-is-pure',
      comment: 'Compute only: of Node’s modules node:crypto, of packages tr46 (UTS #46).',
      severity: 'error',
      from: { path: '^src/protocol/' },
      to: { pathNot: ['^src/protocol/', '^(node:)?crypto$', '(^|/)node_modules/tr46/'] },
    },
    {
      name: 'federation-without-disk',
      comment: 'The network layer leaves the disk to the store.',
      severity: 'error',
      from: { path: '^src/federation/' },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'store-without-network',
      comment: 'The store talks to nobody; node:net is there for the control socket only.',
      severity: 'error',
      from: { path: '^src/store/' },
      to: { path: NETWORK },
    },
    {
      name: 'control-socket-only',
      comment: 'node:net in the store belongs to the lock.',
      severity: 'error',
      from: { path: '^src/store/', pathNot: '^src/store/(lock|socket-path)\\.ts$' },
      to: { path: '^(node:)?net$' },
    },
    {
      name: 'services-without-http',
      comment: 'A use case reaches peers and disk through federation and store.',
      severity: 'error',
      from: { path: '^src/services/' },
      to: { path: '^(node:)?(http|https|http2|dns|dns/promises|tls|dgram)$|node_modules/(fastify|node-fetch)/' },
    },
    {
      name: 'source-without-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'nothing-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^cloudillo:' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
