/**
 * What a peer writes never reaches the terminal as it is: a hostile one plants its bytes in every text that it answers, and in what a
 * home keeps of it. Every command is here, or the reason why it shows nothing of a peer.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { createArrivalLog } from '../../../src/store/cache/arrival-log.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { emptyNote } from '../../../src/store/model/arrival-note.ts';
import { PLANT, RAW } from '../../cli/render/planted.ts';
import { makeAuthority } from '../../support/certificates.ts';
import { answer, json, type Lab, startLab, trustedAuthority } from '../../support/lab.ts';
import { makeIdentity, networkFile, save, type TestIdentity } from '../../support/lab-identity.ts';
import { manifestCommands, words } from '../../support/manifest.ts';
import { runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { ownHome } from './own-home.ts';

const ALICE = 'alice.test';
/** A header holds no control below U+0020, a name of a certificate no separator. */
const HEADER = 'plant\u009b2J\u0085x';
const NAME = 'plant\u001b[8m\u009b2J\u202ex\u200b';
const FILE = `f1~${'A'.repeat(43)}`;
const ABSENT = `f1~${'B'.repeat(43)}`;
const BLOB = `b1~${'A'.repeat(43)}`;

/** Who answers, and how. */
const PEERS = ['bob.test', 'error.test', 'html.test', 'cert.test'] as const;

let lab: Lab;
let net: string;
let home: string;
let post: string;
let message: string;
let token: string;
let bob: TestIdentity;

/** Everything that may be in an answer, so that each reader finds what it looks for. */
function plantedAnswer(): object {
  const party = { idTag: 'bob.test', name: PLANT, type: 'person', profilePic: PLANT };
  return {
    ...party,
    ...{ keys: [...bob.profile.keys, { keyId: PLANT, publicKey: PLANT, expiresAt: PLANT }], [PLANT]: PLANT },
    ...{ actionId: post, type: PLANT, content: PLANT, issuer: party, audience: party, token, status: PLANT },
    ...{ fileName: PLANT, contentType: PLANT, preset: PLANT, owner: party, roles: PLANT, createdAt: PLANT },
    ...{ x: { [PLANT]: PLANT }, attachments: [{ fileId: PLANT, localVariants: [PLANT] }], visibility: PLANT },
  };
}

async function startPeers(): Promise<void> {
  lab = await startLab();
  bob = makeIdentity('bob.test');
  token = await bob.sign({ t: 'POST:TEXT', c: PLANT, v: 'P', f: PLANT });
  post = actionId(token);
  const headers = { server: HEADER, via: HEADER, etag: `"${HEADER}"`, 'x-plant': HEADER, 'retry-after': HEADER };
  await lab.peer('bob.test', ({ url }, response) => {
    if (url.endsWith('/descriptor')) return answer(response, `d2,${PLANT}:${BLOB}:f=${PLANT}:s=1:r=1x1`, { headers });
    if (url.startsWith('/moved'))
      return void response.writeHead(302, { ...headers, location: `https://${HEADER}/` }).end();
    answer(response, plantedAnswer(), { headers });
  });
  await lab.peer('error.test', (_, response) =>
    json(
      response,
      { error: { code: 'E-PLANT', message: PLANT, details: { [PLANT]: PLANT } } },
      { status: 403, headers },
    ),
  );
  await lab.peer(
    'html.test',
    (_, response) =>
      void response
        .writeHead(500, HEADER, { ...headers, 'content-type': `text/html; ${HEADER}` })
        .end(PLANT.repeat(500)),
  );
  const forged = await makeAuthority(NAME);
  await lab.peer('cert.test', (_, response) => answer(response, 1), await forged.issue([`cl-o.${NAME}`, NAME]));
  lab.know('alias.test', 1);
  lab.dns.names.set('cl-o.alias.test', { alias: `${NAME}.test` });
  await trustedAuthority();
  net = networkFile(lab);
  ({ home } = await ownHome(ALICE));
  await plantInHome();
}

/** What a home may have of a peer: an earlier version, or a repaired disk, may have kept what is refused today. */
async function plantInHome(): Promise<void> {
  const store = await openFileStore(home, { now: Date.now });
  const at = Date.now();
  const base = { tenant: ALICE, receivedAt: at, kind: 'action', direction: 'in', status: 'A' } as const;
  const direct = await bob.sign({ t: 'MSG', aud: ALICE, c: PLANT });
  const waiting = await bob.sign({ t: 'CONN', aud: ALICE, c: PLANT });
  const error = {
    code: 'peer.refused',
    message: PLANT,
    stage: 'response',
    facts: { status: 403, peerCode: PLANT },
  } as const;
  message = actionId(direct);
  await store.append([
    { kind: 'relation', tenant: ALICE, peer: 'bob.test', following: true, follower: true, connected: true, at },
    { kind: 'peer', tenant: ALICE, idTag: 'bob.test', name: PLANT, type: 'person', profilePic: PLANT, at },
    { ...base, actionId: post, token, visibility: 'P' },
    { ...base, actionId: message, token: direct, visibility: 'D' },
    { ...base, actionId: actionId(waiting), token: waiting, visibility: 'D', status: 'C' },
    {
      kind: 'delivery',
      tenant: ALICE,
      actionId: post,
      to: 'bob.test',
      state: 'queued',
      attempts: 3,
      nextAt: at + 1e6,
      error,
      at,
    },
    { kind: 'delivery', tenant: ALICE, actionId: message, to: 'bob.test', state: 'refused', attempts: 1, error, at },
    { kind: 'delivery', tenant: ALICE, actionId: message, to: 'html.test', state: 'queued', attempts: 0, at },
    {
      kind: 'file',
      tenant: ALICE,
      fileId: FILE,
      descriptor: `d2,orig:${BLOB}:f=bin:s=1:r=0x0`,
      fileName: PLANT,
      contentType: PLANT,
      owner: 'bob.test',
      at,
    },
    {
      kind: 'fetch',
      tenant: ALICE,
      fileId: ABSENT,
      from: 'bob.test',
      state: 'queued',
      attempts: 1,
      nextAt: at + 1e6,
      error,
      at,
    },
  ]);
  await store.close();
  const arrivals = createArrivalLog(home);
  const why = { code: 'token.signature', check: null, stage: 'signature', blame: 'sender', retryAt: null } as const;
  arrivals.note(
    emptyNote({
      ...{ at, outcome: 'refused', tenant: ALICE, issuer: PLANT, type: PLANT, request: PLANT, address: PLANT },
      ...{ failed: [['signature', PLANT]], refusal: { ...why, message: PLANT, step: PLANT } },
    }),
  );
  await arrivals.close();
}

type Words = readonly string[];
const asked = (...args: Words) => PEERS.map((peer) => args.map((word) => word.replace('@PEER', peer)));
const ACT = ['--home', '@HOME', '--network', '@NET', '--timeout', '20s'];
const ASK = ['--network', '@NET', '--timeout', '20s'];
const IDS_ALONE = 'it shows IDs and names that were typed';
const OWN = 'it shows what is of this instance';

/** The arguments of each command, or why it shows nothing of a peer. `@…` stands for a path, an ID or a token of the test. */
const ROWS: Readonly<Record<string, readonly Words[] | string>> = {
  accept: IDS_ALONE,
  action: [['FLLW', '--audience', 'html.test', ...ACT]],
  actions: [
    ['--home', '@HOME'],
    ['@POST', '--home', '@HOME', '--tokens'],
  ],
  'api-key create': OWN,
  'api-key list': OWN,
  'api-key revoke': OWN,
  'bans lift': OWN,
  'bans list': 'a running server tells it addresses',
  block: IDS_ALONE,
  'blocks export': IDS_ALONE,
  'blocks import': [['@PLANTED', '--home', '@HOME']],
  comment: IDS_ALONE,
  config: OWN,
  'config explain': OWN,
  'config get': OWN,
  'config set': OWN,
  'config unset': OWN,
  conform: asked('@PEER', '--only', 'profile,envelope', ...ASK),
  connect: asked('@PEER', ...ACT),
  delete: IDS_ALONE,
  deliver: [['--no-preflight', ...ACT]],
  deliveries: [['--home', '@HOME']],
  'deliveries drop': IDS_ALONE,
  'deliveries list': [['--home', '@HOME', '--state', 'refused']],
  'deliveries retry': 'it shows what deliver shows',
  disconnect: IDS_ALONE,
  dismiss: IDS_ALONE,
  'dns-check': [
    ['alias.test', '--network', '@NET'],
    ['alias.test', '--network', '@NET', '--report', 'tap=-'],
  ],
  doctor: [...asked('@PEER', '--trace', ...ASK), ACT],
  expect: 'a running server tells it what comes, and watch shows the same',
  explain: [
    ['last', '--home', '@HOME'],
    ['@POST', '--home', '@HOME'],
    [PLANT, '--home', '@HOME'],
  ],
  'fetch-action': asked('@PEER', '@POST', '--trace', ...ASK),
  'fetch-file': asked('@PEER', FILE, '--out', '@OUT', ...ASK),
  'fetch-profile': [...asked('@PEER', '--trace', '-v', '--curl', ...ASK), ['alias.test', ...ASK]],
  'file add': OWN,
  'file export': 'it shows an ID, and a name only once all bytes are there',
  'file gc': 'it shows numbers',
  'file list': [
    ['--home', '@HOME'],
    ['--home', '@HOME', '--missing'],
  ],
  follow: asked('@PEER', '--trace', ...ACT),
  get: [...asked('@PEER', '/api/me', '-i', ...ASK), ['bob.test', '/moved', ...ASK]],
  'identity list': OWN,
  'inbox log': [['--home', '@HOME']],
  init: OWN,
  'key list': OWN,
  keygen: OWN,
  load: [['error.test', '--as', ALICE, '--rate', '4', '--duration', '500ms', ...ACT]],
  message: [['html.test', 'x', ...ACT]],
  mute: IDS_ALONE,
  'password clear': OWN,
  'password set': OWN,
  'peer forget': IDS_ALONE,
  'peer retry': IDS_ALONE,
  'peer show': 'what it shows of a failure a running server tells it',
  post: IDS_ALONE,
  'profile set': OWN,
  'profile show': [['bob.test', '--home', '@HOME', '--network', '@NET']],
  react: IDS_ALONE,
  reject: IDS_ALONE,
  relations: [['--home', '@HOME']],
  report: [
    ['bob.test', '--log', '@PLANTED', '--traces', '@PLANTED', ...ACT],
    ['html.test', '--out', '@OUT', '--force', ...ACT],
  ],
  repost: IDS_ALONE,
  request: [['POST', 'error.test', '/api/x', '--data', '{}', ...ASK]],
  'sandbox cert': OWN,
  'sandbox demo': OWN,
  'sandbox down': OWN,
  'sandbox exec': OWN,
  'sandbox status': OWN,
  'sandbox up': OWN,
  serve: 'its log has tests of its own',
  'sign-token': OWN,
  'smoke-test': asked('@PEER', ...ASK),
  status: [['--home', '@HOME']],
  'store check': 'it shows IDs and places',
  'store compact': 'it shows numbers',
  'store rebuild': 'it shows numbers',
  'token create': OWN,
  unblock: IDS_ALONE,
  unfollow: IDS_ALONE,
  unmute: IDS_ALONE,
  'verify-token': [
    ['@TOKEN', '--network', '@NET'],
    ['@TOKEN', '--inspect'],
    ['--file', '@PLANTED', '--batch', '--inspect'],
  ],
  watch: [['html.test', '--as', ALICE, '--home', '@HOME', '--network', '@NET']],
};

async function shown(args: Words, name: Words): Promise<string> {
  const out = join(temporaryDirectory(), 'out');
  const planted = save('planted', `${PLANT.replace('\n', '\r')}\n${JSON.stringify({ name: PLANT })}\n`);
  const places = { '@HOME': home, '@NET': net, '@OUT': out, '@PLANTED': planted, '@POST': post, '@TOKEN': token };
  const filled = args.map((word) => places[word as keyof typeof places] ?? word);
  const { code, stdout, stderr, signal } = await runCli([...name, ...filled], {
    env: { NO_COLOR: '1' },
    timeout: 120_000,
  });
  expect(signal, filled.join(' ')).toBeNull();
  // The command was understood: a wrong flag would prove nothing.
  expect(code === 2 && /usage\.(flag|missing|unexpected|command)/.test(stdout + stderr), stderr + stdout).toBe(false);
  const file = filled.includes(out) && name[0] === 'report' ? readFileSync(out, 'utf8') : '';
  // The body of an answer goes through a pipe as it came: it is data.
  const isBody = (name[0] === 'get' || name[0] === 'request') && !filled.includes('--json');
  return (isBody ? '' : stdout) + stderr + file;
}

it('every command is in the table', () => {
  const names = manifestCommands().map((command) => words(command).join(' '));
  expect(Object.keys(ROWS).sort()).toEqual(names.sort());
});

/** They ask nobody while the circuit is open that another command has opened. */
const MAY_BE_SILENT = new Set(['action', 'message', 'deliver', 'load']);
/** Several at a time: nearly all of it is the start of processes. */
const AT_ONCE = 4;

it('no byte of a peer reaches the terminal as it is, as text and as JSON', { timeout: 900_000 }, async () => {
  await startPeers();
  const runs = Object.entries(ROWS).flatMap(([command, rows]) =>
    typeof rows === 'string'
      ? []
      : rows.flatMap((args) => [args, [...args, '--json']].map((all) => ({ command, all }))),
  );
  const silent = new Set(runs.map(({ command }) => command));
  const next = async (): Promise<void> => {
    for (let run = runs.shift(); run; run = runs.shift()) {
      const text = await shown(run.all, run.command.split(' '));
      const line = [run.command, ...run.all].join(' ');
      expect.soft(text.match(RAW), `${line}\n${text}`).toBeNull();
      expect.soft(text, line).not.toMatch(/"?code"?: ?"?internal/);
      if (text.includes('lant')) silent.delete(run.command);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  // All the others had something to escape.
  expect([...silent].filter((command) => !MAY_BE_SILENT.has(command))).toEqual([]);
});
