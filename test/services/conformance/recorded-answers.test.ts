import { describe, expect, it } from 'vitest';
import { makeOwnPeer } from '../../../src/sandbox/peers/own-peer.ts';
import { ALL_CASES } from '../../../src/services/conformance/all-cases.ts';
import type { Case } from '../../../src/services/conformance/case.ts';
import { answerOf } from '../../../src/services/conformance/remote-target.ts';
import type { Answer, Target } from '../../../src/services/conformance/target.ts';
import { type RecordedExchange, type RecordedExchanges, recorded } from '../../support/recorded.ts';

const exchanges = new Map(
  ['exchanges.json', 'groups.json']
    .flatMap((file) => recorded<RecordedExchanges>(file).exchanges.map((one) => ({ file, one })))
    .map(({ file, one }) => [file === 'groups.json' ? `groups: ${one.name}` : one.name, one]),
);

/** Two followers leave, one of them comes back, and the access tokens of a stranger and a follower. */
const LEAVES = ['profile.alice-at-bob', 'inbox.fllw.del'];
const ROLES = [...LEAVES, ...LEAVES, 'inbox.fllw', 'access-token', 'access-token'];
/** The owner makes a conversation and invites, both with a temporary ID first, and the invited peer subscribes. */
const CONVERSATION = [
  ...['groups: conv.create', 'groups: conv.view', 'groups: invite', 'groups: conv.view'],
  'groups: subscribe',
];
const UPLOAD = ['file.upload.raw', 'file.raw.by-temporary-id'];

/** What the network's server answered to the requests of a case, in order. */
const AS_SPECIFIED: Readonly<Record<string, readonly string[]>> = {
  'profile.fields': ['me'],
  'profile.time': ['me'],
  'profile.keys': ['me'],
  'profile.no-null': ['me'],
  'profile.etag-quoted': ['me', 'me.not-modified'],
  'profile.app-domain': ['id-tag'],
  'envelope.success': ['me'],
  'envelope.no-store': ['me'],
  'envelope.request-id': ['me.request-id'],
  'envelope.request-id-bad': ['me.request-id.bad'],
  'errors.unknown-action': ['actions.unknown'],
  'errors.unknown-path': ['unknown-path'],
  'errors.form': ['actions.unknown'],
  'token.uppercase-issuer': ['inbox.uppercase-iss'],
  'token.uppercase-audience': ['inbox.uppercase-aud'],
  'token.underscore-issuer': ['inbox.iss-underscore'],
  'token.algorithm-none': ['inbox.alg-none'],
  'token.algorithm-es256': ['inbox.es256'],
  'access.exchange': ['access-token'],
  'access.wrong-audience': ['access-token.wrong-aud'],
  'access.expired': ['access-token.expired'],
  'access.nothing': ['access-token.none'],
  'access.bearer': ['access-token', 'outbox.carol'],
  'inbox.unknown-type': ['inbox.unknown-type'],
  'inbox.missing-audience': ['inbox.no-audience'],
  'inbox.missing-subject': ['inbox.react.no-subject'],
  'inbox.forbidden-field': ['inbox.forbidden-field'],
  'inbox.content-too-long': ['inbox.content-too-long'],
  'inbox.content-type': ['inbox.content-wrong-type'],
  'inbox.expired': ['inbox.expired'],
  'inbox.stranger-post': ['inbox.post.stranger'],
  'inbox.stranger-share': ['groups: share.from-dave-stranger'],
  'inbox.sync': ['inbox.fllw'],
  'inbox.missing-property': ['groups: share.missing-field'],
  'inbox.unknown-choice': ['groups: share.bad-enum'],
  'list.views': ['actions.guest'],
  'reposts.own-without-audience': ['post.create.public', 'groups: repost'],
  'flags.others-on': ['groups: post.no-comments', 'groups: post.no-comments.view', 'groups: react.allowed-by-flag'],
  'conversations.message': [...CONVERSATION, 'groups: conv.msg.carol'],
  'conversations.outsider': [
    ...['groups: conv.create', 'groups: conv.view'],
    ...['groups: subscribe.uninvited', 'groups: conv.msg.dave-not-subscribed'],
  ],
  'pictures.descriptor': ['file.upload.png', 'file.img.by-temporary-id', 'file.img.descriptor'],
  'inbox.unknown-claim': ['inbox.extra-claim'],
  'inbox.leeway': ['inbox.expired-30s'],
  'repeat.same-token': ['inbox.fllw', 'inbox.fllw.repeat'],
  'repeat.second-signature': ['inbox.fllw', 'inbox.fllw.second-token'],
  'signature.changed': ['inbox.flipped-signature'],
  'signature.other-key': ['inbox.wrong-key'],
  'signature.unknown-key': ['inbox.unknown-key-id'],
  'list.page': ['actions.guest'],
  'list.public-only': ['actions.guest'],
  'outbox.guest': ['outbox.guest'],
  'outbox.items': ['access-token', 'outbox.carol'],
  'visibility.letter-p': [
    ...[...ROLES, 'post.create.public'],
    ...['action.public.guest', 'action.public.carol', 'action.public.carol'],
  ],
  'visibility.letter-c': [
    ...[...ROLES, 'post.create.connected'],
    ...['action.connected.guest', 'action.connected.carol', 'action.connected.carol'],
  ],
  'visibility.letter-d': [
    ...[...ROLES, 'post.create.direct'],
    ...['action.direct.guest', 'action.direct.carol', 'action.direct.carol'],
  ],
  'owner-only.upload': ['files.upload.guest'],
  'files.descriptor': [...UPLOAD, 'post.create.public', 'file.raw.descriptor'],
  'flags.comments-off': [
    'groups: post.no-comments',
    'groups: post.no-comments.view',
    'groups: comment.refused-by-flag',
  ],
};

/** The same, where the network's server differs, and the suite has to say so. */
const AS_NETWORK: Readonly<Record<string, readonly string[]>> = {
  'errors.malformed-json': ['inbox.malformed-json'],
  'errors.missing-field': ['inbox.no-token'],
  'errors.wrong-type': ['inbox.wrong-type'],
  'errors.bad-limit': ['actions.bad-limit'],
  'token.text': ['inbox.not-a-jwt'],
  'token.missing-iat': ['inbox.missing-iat'],
  'token.missing-k': ['inbox.missing-k'],
  'token.fractional-iat': ['inbox.fractional-iat'],
  'token.unreachable-issuer': ['inbox.iss-unreachable'],
  'access.other-type': ['access-token.fllw-type'],
  'access.text': ['access-token.garbage'],
  'access.bad-bearer': ['bad-bearer'],
  'inbox.unknown-subtype': ['inbox.unknown-subtype'],
  'inbox.wrong-audience': ['inbox.other-audience'],
  'inbox.from-the-future': ['inbox.iat-future'],
  'inbox.foreign-counts': ['groups: stat.from-stranger'],
  'inbox.good': ['inbox.async'],
  'visibility.letter-f': [
    ...[...ROLES, 'post.create.followers'],
    ...['action.followers.guest', 'action.followers.carol', 'action.followers.carol'],
  ],
  'visibility.list-follower': [...ROLES, 'post.create.followers', 'post.create.connected', 'actions.carol'],
  'views.own-token': ['post.create.public', 'action.public.guest'],
  'files.private': [...UPLOAD, 'file.raw.guest'],
  'files.private-cache': [...UPLOAD, 'file.raw.get'],
};

function caseNamed(name: string): Case {
  const found = ALL_CASES.find((one) => one.name === name);
  if (!found) throw new Error(`there is no case ${name}`);
  return found;
}

function answerIn({ response }: RecordedExchange): Answer {
  const text = response.json === undefined ? (response.text ?? '') : JSON.stringify(response.json);
  return answerOf(response.status, response.headers, Buffer.from(text));
}

/** The network's server, as far as it was recorded. The peers are those of the recording. */
function recordedServer(names: readonly string[]): Target & { left(): number } {
  const rest = names.map((name) => {
    const exchange = exchanges.get(name);
    if (!exchange) throw new Error(`${name} was not recorded`);
    return exchange;
  });
  const time = Date.parse('2026-11-22T17:56:51Z');
  return {
    idTag: 'alice.test',
    peers: [makeOwnPeer('carol.test', () => time), makeOwnPeer('dave.test', () => time)],
    owner: 'the owner',
    now: () => time,
    async ask({ path }) {
      const next = rest.shift();
      if (!next) throw new Error(`${path} was asked, too`);
      return answerIn(next);
    },
    async bus() {
      throw new Error('frames are in another recording');
    },
    pause: async () => {},
    left: () => rest.length,
  };
}

describe("what the network's server was recorded to answer", () => {
  it.each(Object.entries(AS_SPECIFIED))('passes %s', async (name, names) => {
    const server = recordedServer(names);
    expect(await caseNamed(name).run(server)).toMatchObject({ outcome: 'passed' });
    expect(server.left()).toBe(0);
  });

  it.each(Object.entries(AS_NETWORK))("passes %s as the network's, and says so", async (name, names) => {
    const one = caseNamed(name);
    const server = recordedServer(names);
    expect(one.level).toBe('network');
    expect(await one.run(server)).toMatchObject({ outcome: 'passed', asNetwork: true });
    expect(server.left()).toBe(0);
  });

  it('passes the bus', async () => {
    const { frames } = recorded<{ frames: { in?: string; case?: string; close?: number }[] }>('bus.json');
    const came = frames.flatMap((frame) => (frame.in === undefined ? [] : [frame.in]));
    const bus = (name: string, talk: { frames: string[]; closed: number | null }) =>
      caseNamed(name).run({ ...recordedServer(['access-token']), bus: async () => talk });
    const close = frames.find((frame) => frame.case === 'no token')?.close ?? null;
    const verdicts = [
      await bus('bus.guest', { frames: [], closed: close }),
      await bus('bus.ping', { frames: came, closed: null }),
      await bus('bus.unknown-command', { frames: came, closed: null }),
    ];
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed']);
  });
});
