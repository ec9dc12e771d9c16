/** The layers of the project and the one direction in which they may import (docs/architecture.md). */

/** Each layer with the layers that it may import. Commands and the CLI see everything below. */
const LAYERS = {
  protocol: [],
  federation: ['protocol'],
  store: ['protocol'],
  services: ['protocol', 'federation', 'store'],
  library: ['protocol', 'federation'],
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

/**
 * The rooms of each layer (docs/architecture.md). A room may import those before it, type imports included. `face` names the files
 * that stand in the layer's folder itself; they import every room, and only the rooms under `overFace` import them.
 */
const ROOMS = {
  federation: { rooms: ['limits', 'http', 'dns', 'peer', 'bus', 'keys', 'acme'] },
  store: {
    rooms: ['turns', 'disk', 'home', 'model', 'identities', 'blobs', 'journal', 'index', 'engine', 'cache', 'settings'],
  },
  services: {
    rooms: [
      ...[
        'tracing',
        'runtime',
        'peers',
        'conversations',
        'readers',
        'keys',
        'delivery',
        'outgoing',
        'inbox',
        'auth',
        'counts',
        'reading',
      ],
      ...[
        'actions',
        'relating',
        'dns',
        'files',
        'profiles',
        'certificates',
        'home',
        'inspect',
        'conformance',
        'load',
        'background',
        'doctor',
        'door',
      ],
    ],
  },
  server: {
    face: ['app', 'challenge-server', 'listen', 'logger'],
    rooms: ['schemas', 'tenants', 'http', 'context', 'guard', 'plugins', 'bus', 'routes'],
    overFace: ['openapi'],
  },
  sandbox: { rooms: ['directory', 'certificates', 'network', 'members', 'peers', 'processes', 'dns', 'lifecycle'] },
  cli: {
    rooms: [
      ...[
        'process',
        'schemas',
        'output',
        'results',
        'input',
        'usage',
        'flags',
        'home',
        'run',
        'render',
        'trace',
        'command',
        'program',
        'serve',
      ],
    ],
  },
};

const oneWay = Object.entries(ROOMS).flatMap(([layer, { face = [], rooms, overFace = [] }]) => {
  const folder = `src/${layer}`;
  const faceFiles = face.map((name) => `^${folder}/${name}\\.ts$`);
  const inRoom = (room) => `^${folder}/${room}/`;
  const all = [...rooms, ...overFace];
  return [
    ...all.map((room, place) => ({
      name: `${layer}-${room}-imports-rooms-before-it`,
      comment: `${folder}/${room} may import ${all.slice(0, place).join(', ') || 'no other room'} of its layer`,
      severity: 'error',
      from: { path: inRoom(room) },
      to: {
        path: `^${folder}/`,
        pathNot: [...all.slice(0, place + 1).map(inRoom), ...(overFace.includes(room) ? faceFiles : [])],
      },
    })),
    {
      name: `${layer}-has-declared-rooms-only`,
      comment: `A new room, or a file outside of all rooms, is declared in ROOMS first`,
      severity: 'error',
      from: { path: `^${folder}/`, pathNot: [...all.map(inRoom), ...faceFiles] },
      to: {},
    },
    {
      name: `${layer}-has-no-file-outside-of-rooms`,
      comment: 'The rule above sees imports only. A file without any is an orphan.',
      severity: 'error',
      from: { orphan: true, path: `^${folder}/`, pathNot: [...all.map(inRoom), ...faceFiles] },
      to: {},
    },
    {
      name: `${layer}-imports-declared-rooms-only`,
      comment: `A new room, or a file outside of all rooms, is declared in ROOMS first`,
      severity: 'error',
      from: {},
      to: { path: `^${folder}/`, pathNot: [...all.map(inRoom), ...faceFiles] },
    },
  ];
});

const NETWORK = '^(node:)?(http|https|http2|dns|dns/promises|tls|dgram)$';

module.exports = {
  forbidden: [
    ...upwards,
    ...oneWay,
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
      name: 'library-protocol-is-pure',
      comment: 'cloudillo/protocol has no network: only the client imports src/federation.',
      severity: 'error',
      from: { path: '^src/library/(protocol|verification)\\.ts$' },
      to: { pathNot: '^src/(protocol|library/verification\\.ts$)' },
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
      from: { path: '^src/store/', pathNot: '^src/store/home/(lock|socket-path)\\.ts$' },
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
