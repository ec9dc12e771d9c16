import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exportPublicJwk, exportPublicKey, importPublicKey } from '../../../src/protocol/keys.ts';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { makeAuthority } from '../../support/certificates.ts';
import { json, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, now, save, servePeer } from '../../support/lab-identity.ts';
import { type RecordedExchanges, type RecordedTokens, recorded } from '../../support/recorded.ts';
import { type CliResult, type RunOptions, runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

const alice = makeIdentity('alice.test');
const aliceFile = save('alice.json', alice.profile);

const verify = (args: string[], options?: RunOptions): Promise<CliResult> => runCli(['verify-token', ...args], options);

interface Report {
  valid: boolean;
  line?: number;
  actionId: string | null;
  key: { source: string; keyId: string; fingerprint: string; location: string } | null;
  checks: { id: string; status: string; code?: string; reason?: string }[];
}

const failedCodes = ({ checks }: Report) => checks.filter(({ status }) => status === 'fail').map(({ code }) => code);
const checkOf = ({ checks }: Report, id: string) => checks.find((check) => check.id === id);

function assertSchema(...values: unknown[]): void {
  for (const value of values) expect(schemaProblems('verify-token', value)).toEqual([]);
}

describe('recorded tokens', () => {
  const { tokens, keys } = recorded<RecordedTokens>('tokens.json');
  const { exchanges } = recorded<RecordedExchanges>('exchanges.json');
  // As a user would: the recorded answer of /api/me for one, a bare profile for the other.
  const saved = save('alice-me.json', exchanges.find(({ name }) => name === 'me')?.response.json);
  const carol = keys.find(({ idTag }) => idTag === 'carol.test');
  const bare = save('carol.json', { idTag: 'carol.test', type: 'person', keys: [carol] });

  it('verifies the signature of exactly those that were recorded as valid', async () => {
    const stdin = `${tokens.map(({ token }) => token).join('\n')}\n`;
    const run = await verify(['--key', bare, '--key', saved, '--at', '1795370230', '--json'], { stdin });
    const reports = run.lines as Report[];
    expect(reports.map(({ actionId }) => actionId)).toEqual(tokens.map(({ actionId }) => actionId));
    expect(reports.map((report) => checkOf(report, 'signature')?.status === 'pass')).toEqual(
      tokens.map(({ signature }) => signature === 'valid'),
    );
    assertSchema(...reports);
    expect(run.code).toBe(3);
  });

  it('verifies each recorded token of groups', async () => {
    const groups = recorded<RecordedTokens>('tokens-groups.json');
    const files = groups.keys.flatMap((key) => ['--key', save('p.json', { idTag: key.idTag, keys: [key] })]);
    const stdin = groups.tokens.map(({ token }) => token).join('\n');
    const run = await verify([...files, '--at', '1795371300', '--json'], { stdin });
    const passed = (run.lines as Report[]).map((report) => checkOf(report, 'signature')?.status === 'pass');
    expect(passed).toEqual(groups.tokens.map(({ signature }) => signature === 'valid'));
  });
});

describe('one token', () => {
  it('is read from the argument, from stdin, from - and from a file', async () => {
    const token = await alice.sign({ t: 'FLLW', aud: 'bob.test' });
    const runs = await Promise.all([
      verify(['--key', aliceFile, '--json', token]),
      verify(['--key', aliceFile, '--json'], { stdin: token }),
      verify(['--key', aliceFile, '--json', '-'], { stdin: `\n  ${token}\r\n` }),
      verify(['--key', aliceFile, '--json', '--file', save('t.txt', `${token}\n`)]),
    ]);
    for (const run of runs) {
      expect(run).toMatchObject({ code: 0, stderr: '', json: { valid: true, claims: { aud: 'bob.test' } } });
      assertSchema(run.json);
      expect(run.json).not.toHaveProperty('line');
    }
  });

  it('shows verdict, claims, key and every check on one screen', async () => {
    const token = await alice.sign({ t: 'POST:TEXT', c: 'hello', exp: now() + 100 });
    const { code, stdout } = await verify(['--key', aliceFile, token]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ valid {2}POST:TEXT {2}alice\.test\n/);
    expect(stdout).toMatch(/content +"hello"/);
    expect(stdout).toMatch(/expires +\d{4}-.*Z \(in 1 min\)/);
    expect(stdout).toMatch(new RegExp(`key +260131 +SHA256:\\S+ +from ${aliceFile}`));
    expect(stdout).toMatch(/✓ signature/);
    expect(stdout).toMatch(/– recipient/);
  });

  it('tells how long ago a time was in the same words in the head and in the check', async () => {
    const at = now();
    const token = await alice.sign({ t: 'FLLW', aud: 'bob.test', iat: at - 170 });
    const { stdout } = await verify(['--key', aliceFile, '--at', String(at), token]);
    expect(stdout.match(/issued .*\((.* ago)\)/g)?.map((line) => line.replace(/.*\(/, '('))).toEqual([
      '(2 min ago)',
      '(2 min ago)',
    ]);
  });

  it('never lets a token write control characters to the terminal', async () => {
    const token = await alice.sign({
      t: 'FLLW',
      aud: 'bob.test',
      c: '\u001b]0;owned\u0007',
      '\u202eevil': '\u009b31m',
    });
    const { stdout } = await verify(['--key', aliceFile, token]);
    for (const control of '\u001b\u0007\u009b\u202e') expect(stdout).not.toContain(control);
    expect(stdout).toContain('\\u001b]0;owned');
  });

  it.each<[string, string[], string, number]>([
    ['no token at all', [], 'usage.token', 2],
    ['a token and a file', ['x.y.z', '--file', aliceFile], 'usage.token', 2],
    ['a file that is not there', ['--file', '/nonexistent/tokens'], 'usage.file', 2],
    ['a key file that is not there', ['--key', '/nonexistent/key', 'x.y.z'], 'key.file', 8],
    ['--key and --offline', ['--key', aliceFile, '--offline', 'x.y.z'], 'usage.', 2],
    ['a time in words', ['--at', 'yesterday', 'x.y.z'], 'usage.time', 2],
    ['a time without a zone', ['--at', '2026-01-31T12:00', 'x.y.z'], 'usage.time', 2],
    ['a recipient that is no idTag', ['--audience', 'b_b.test', 'x.y.z'], 'usage.id-tag', 2],
    ['a leeway in words', ['--leeway', 'some', 'x.y.z'], 'usage.duration', 2],
    ['an unknown flag', ['--kex', aliceFile, 'x.y.z'], 'usage.flag', 2],
    ['a network file that is none', ['--network', aliceFile, 'x.y.z'], 'usage.network', 2],
  ])('refuses %s', async (_what, args, code, exit) => {
    const run = await verify([...args, '--json']);
    expect(run).toMatchObject({ code: exit, json: { error: { code: expect.stringContaining(code) } } });
    assertSchema(run.json);
  });
});

describe('--key', () => {
  const key = importPublicKey(alice.publicKey);

  it.each<[string, unknown]>([
    ['PEM', exportPublicKey(key, 'pem')],
    ['JWK', exportPublicJwk(key)],
    ['wire form', alice.publicKey],
    ['a saved /api/me', { data: alice.profile, time: '2026-01-31T12:00:00Z', reqId: 'x' }],
    ['a bare profile', alice.profile],
  ])('takes %s', async (_form, content) => {
    const file = save('key', content);
    const { code, json: report } = await verify([
      '--key',
      file,
      '--json',
      await alice.sign({ t: 'FLLW', aud: 'bob.test' }),
    ]);
    expect(code).toBe(0);
    expect(report.key).toMatchObject({ source: 'file', location: file, keyId: '260131' });
    expect(report.key.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });

  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  it.each<[string, unknown, string]>([
    ['a key of another curve in PEM', p256.publicKey.export({ format: 'pem', type: 'spki' }), 'key.curve'],
    ['a key of another curve as JWK', p256.publicKey.export({ format: 'jwk' }), 'key.curve'],
    ['a private key', p256.privateKey.export({ format: 'pem', type: 'pkcs8' }), 'key.private'],
    ['JSON that is neither', { hello: 'world' }, 'key.malformed'],
    ['garbage', 'garbage', 'key.malformed'],
    ['nothing', '', 'key.malformed'],
  ])('refuses %s', async (_what, content, code) => {
    const run = await verify([
      '--key',
      save('key', content),
      '--json',
      await alice.sign({ t: 'FLLW', aud: 'bob.test' }),
    ]);
    expect(run).toMatchObject({ code: 8, json: { error: { code } } });
  });

  it('touches neither home nor network', async () => {
    const token = await alice.sign({ t: 'FLLW', aud: 'bob.test' });
    // A home that would be refused, and a network file that isn't one.
    const env = { CLOUDILLO_HOME: '/proc/1', CLOUDILLO_NETWORK: aliceFile };
    expect(await verify(['--key', aliceFile, '--json', token], { env })).toMatchObject({ code: 0 });
  });

  it('answers by the profile of the issuer when several are given', async () => {
    const bob = save('bob.json', makeIdentity('bob.test').profile);
    const token = await alice.sign({ t: 'FLLW', aud: 'bob.test', k: '990101' });
    for (const files of [
      ['--key', bob, '--key', aliceFile],
      ['--key', aliceFile, '--key', bob],
    ]) {
      const { json: report } = await verify([...files, '--json', token]);
      expect(checkOf(report, 'key')).toMatchObject({ status: 'fail', code: 'token.key-unknown' });
      expect(checkOf(report, 'key')?.reason).toContain('alice.test has no key 990101');
    }
  });
});

describe('checks', () => {
  const stranger = makeIdentity('alice.test');
  const header = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const withHeader = async (value: object) => {
    const [, payload, signature] = (await alice.sign({ t: 'FLLW', aud: 'bob.test' })).split('.');
    return `${header(value)}.${payload}.${signature}`;
  };
  const ended = { ...alice.profile, keys: [{ ...alice.profile.keys[0]!, expiresAt: '2020-01-01T00:00:00Z' }] };
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const curve = p256.export({ format: 'der', type: 'spki' }).toString('base64');
  const wrongCurve = { ...alice.profile, keys: [{ keyId: '260131', publicKey: curve }] };

  it.each<[string, () => Promise<string>, string, string[]]>([
    ['not a token', async () => 'garbage', 'token.malformed', []],
    [
      'alphabet',
      async () => (await alice.sign({ t: 'FLLW', aud: 'bob.test' })).replace('.', '+.'),
      'token.malformed',
      [],
    ],
    ['alg none', () => withHeader({ alg: 'none' }), 'token.algorithm', []],
    ['HS256', () => withHeader({ typ: 'JWT', alg: 'HS256' }), 'token.algorithm', []],
    ['ES256', () => withHeader({ typ: 'JWT', alg: 'ES256' }), 'token.algorithm', []],
    ['a key that signed another profile', () => stranger.sign({ t: 'FLLW', aud: 'bob.test' }), 'token.signature', []],
    [
      'a key that is not in the profile',
      () => alice.sign({ t: 'FLLW', aud: 'bob.test', k: '990101' }),
      'token.key-unknown',
      [],
    ],
    ['somebody else', () => alice.sign({ t: 'FLLW', aud: 'bob.test', iss: 'eve.test' }), 'token.key-unknown', []],
    ['expired', () => alice.sign({ t: 'FLLW', aud: 'bob.test', exp: now() - 3600 }), 'token.expired', []],
    ['from the future', () => alice.sign({ t: 'FLLW', aud: 'bob.test', iat: now() + 3600 }), 'token.future', []],
    [
      'a key that has ended',
      () => alice.sign({ t: 'FLLW', aud: 'bob.test' }),
      'token.key-expired',
      ['--key', save('k', ended)],
    ],
    [
      'a profile key of another curve',
      () => alice.sign({ t: 'FLLW', aud: 'bob.test' }),
      'token.key-curve',
      ['--key', save('k', wrongCurve)],
    ],
    ['an unknown type', () => alice.sign({ t: 'NOPE' }), 'token.type', []],
    ['an unknown subtype', () => alice.sign({ t: 'FLLW:NOPE', aud: 'bob.test' }), 'token.subtype', []],
    ['a missing field', () => alice.sign({ t: 'FLLW' }), 'token.fields', []],
    ['content of the wrong kind', () => alice.sign({ t: 'FLLW', aud: 'bob.test', c: { a: 1 } }), 'token.content', []],
    [
      "somebody else's",
      () => alice.sign({ t: 'FLLW', aud: 'bob.test' }),
      'token.recipient',
      ['--audience', 'carol.test'],
    ],
  ])('%s', async (_what, make, code, extra) => {
    const args = extra[0] === '--key' ? extra : ['--key', aliceFile, ...extra];
    const token = await make();
    const [run, text] = await Promise.all([verify([...args, '--json', '--', token]), verify([...args, '--', token])]);
    expect(run.code).toBe(3);
    expect(failedCodes(run.json)).toEqual([code]);
    expect(run.json.valid).toBe(false);
    assertSchema(run.json);
    expect(text.code).toBe(3);
    expect(text.stdout).toContain(`✗ failed`);
    expect(text.stdout).toContain(`${code}: `);
  });

  it('reports every failure, not only the first', async () => {
    const token = await stranger.sign({ t: 'FLLW:NOPE', exp: now() - 3600, iat: now() + 3600 });
    const { json: report } = await verify(['--key', aliceFile, '--json', token]);
    expect(failedCodes(report)).toEqual([
      'token.signature',
      'token.future',
      'token.expired',
      'token.subtype',
      'token.fields',
    ]);
  });

  it('goes by --at and --leeway', async () => {
    const token = await alice.sign({ t: 'FLLW', aud: 'bob.test', iat: 1_769_860_800, exp: 1_769_860_860 });
    const codes = async (...args: string[]) => (await verify(['--key', aliceFile, ...args, token])).code;
    expect(await codes('--at', '2026-01-31T12:01:30Z')).toBe(0);
    expect(await codes('--at', '1769860890', '--leeway', '10s')).toBe(3);
    expect(await codes('--at', '1769860890', '--leeway', '40s')).toBe(0);
    expect(await codes('--at', '2026-01-31T13:02:30+01:00')).toBe(3);
    expect(await codes('--at', '2026-01-31')).toBe(3);
  });
});

describe("the issuer's profile", () => {
  it('gives the key', async () => {
    const lab = await startLab();
    const peer = await servePeer(lab, alice);
    const token = await alice.sign({ t: 'FLLW', aud: 'bob.test' });
    const run = await verify(['--network', networkFile(lab), '--json', token]);
    expect(run).toMatchObject({ code: 0, json: { valid: true } });
    expect(run.json.key).toMatchObject({ source: 'profile', location: 'https://cl-o.alice.test/api/me' });
    expect(peer.requests).toHaveLength(1);
    assertSchema(run.json);
  });

  it('is never asked for by a name that is not canonical', async () => {
    const lab = await startLab();
    const peer = await servePeer(lab, alice);
    const [header, , signature] = (await alice.sign({ t: 'FLLW', aud: 'bob.test' })).split('.');
    const payload = { iss: 'Alice.test', k: '260131', t: 'FLLW', aud: 'bob.test', iat: now() };
    const token = `${header}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.${signature}`;
    const run = await verify(['--network', networkFile(lab), '--json', token]);
    expect(run.code).toBe(3);
    expect(failedCodes(run.json)).toEqual(['token.issuer']);
    expect(peer.requests).toHaveLength(0);
    expect(lab.dns.asked).toHaveLength(0);
  });

  it('proves that it has no such key', async () => {
    const lab = await startLab();
    await servePeer(lab, alice);
    const token = await alice.sign({ t: 'FLLW', aud: 'bob.test', k: '990101' });
    const run = await verify(['--network', networkFile(lab), '--json', token]);
    expect(run.code).toBe(3);
    expect(failedCodes(run.json)).toEqual(['token.key-unknown']);
  });

  it.each<[string, number, string, (lab: Awaited<ReturnType<typeof startLab>>) => Promise<unknown>]>([
    ['doesn’t exist in DNS', 5, 'dns.nxdomain', async (lab) => lab.dns.names.clear()],
    ['has no server behind it', 4, 'network.refused', async (lab) => (await servePeer(lab, alice)).close()],
    [
      'has an untrusted certificate',
      6,
      'tls.untrusted',
      async (lab) => {
        const other = await (await makeAuthority('Nobody')).issue(['alice.test', 'cl-o.alice.test']);
        await lab.peer('alice.test', () => {}, other);
      },
    ],
    [
      'is not a profile',
      7,
      'peer.profile',
      (lab) => lab.peer('alice.test', (_request, response) => json(response, { data: [] })),
    ],
    [
      'is somebody else’s',
      7,
      'peer.mismatch',
      (lab) =>
        lab.peer('alice.test', (_request, response) => json(response, { data: makeIdentity('eve.test').profile })),
    ],
    ['hangs', 4, 'network.timeout', (lab) => lab.peer('alice.test', () => {})],
  ])('%s: it could not be told', async (_what, exit, code, prepare) => {
    const lab = await startLab();
    await prepare(lab);
    const args = ['--network', networkFile(lab), '--timeout', '4s'];
    const token = await alice.sign({ t: 'FLLW', aud: 'bob.test' });
    const run = await verify([...args, '--json', token]);
    expect(run.code, run.stdout).toBe(exit);
    expect(run.json.valid).toBe(false);
    expect(checkOf(run.json, 'key')).toMatchObject({ status: 'skip', code });
    expect(failedCodes(run.json)).toEqual([]);
    assertSchema(run.json);
    // A proven failure outranks it.
    const expired = await alice.sign({ t: 'FLLW', aud: 'bob.test', exp: now() - 3600 });
    const text = await verify([...args, expired]);
    expect(text.code).toBe(3);
    expect(text.stdout).toContain('token.expired');
  });
});

describe('--offline', () => {
  it('needs a home', async () => {
    const run = await verify(['--offline', '--json', await alice.sign({ t: 'FLLW', aud: 'bob.test' })]);
    expect(run).toMatchObject({ code: 8, json: { error: { code: 'home.missing' } } });
  });

  it('has the keys that were saved, and says so when it hasn’t', async () => {
    const home = `${temporaryDirectory()}/home`;
    await initInstance({ home, clock: systemClock }, { idTag: 'bob.test' });
    const lab = await startLab();
    const peer = await servePeer(lab, alice);
    const token = await alice.sign({ t: 'FLLW', aud: 'bob.test' });
    const before = await verify(['--offline', '--home', home, '--json', token]);
    expect(before.code).toBe(4);
    expect(checkOf(before.json, 'key')).toMatchObject({ status: 'skip', code: 'network.offline' });
    const text = await verify(['--offline', '--home', home, token]);
    expect(text.stdout).toContain(`→ Fetch it with: cloudillo fetch-profile --home ${home} alice.test --save-keys`);
    const saved = await runCli([
      'fetch-profile',
      'alice.test',
      '--save-keys',
      '--home',
      home,
      '--network',
      networkFile(lab),
    ]);
    expect(saved.code).toBe(0);
    await peer.close();
    const after = await verify(['--offline', '--home', home, '--json', token]);
    expect(after).toMatchObject({ code: 0, json: { valid: true, key: { source: 'cache', keyId: '260131' } } });
    assertSchema(before.json, after.json);
  });

  it('knows the keys of identities hosted here, with and without the network', async () => {
    const home = `${temporaryDirectory()}/home`;
    await initInstance({ home, clock: systemClock }, { idTag: 'bob.test' });
    const { stdout: token } = await runCli([
      'sign-token',
      '--type',
      'FLLW',
      '--audience',
      'alice.test',
      '--home',
      home,
    ]);
    for (const args of [['--offline'], []]) {
      const run = await verify(['--home', home, ...args, '--json'], { stdin: token });
      expect(run).toMatchObject({ code: 0, json: { key: { source: 'home' } } });
    }
  });
});

describe('--inspect', () => {
  it('decodes without a verdict', async () => {
    const token = await makeIdentity('nobody.test').sign({ t: 'FLLW', aud: 'bob.test', exp: 1 });
    const [run, text] = await Promise.all([verify(['--inspect', '--json', token]), verify(['--inspect', token])]);
    expect(run.code).toBe(0);
    expect(run.json).not.toHaveProperty('valid');
    expect(run.json).not.toHaveProperty('checks');
    expect(run.json).toMatchObject({ claims: { iss: 'nobody.test' }, signatureBytes: 96 });
    assertSchema(run.json);
    expect(text.stdout).not.toMatch(/valid/i);
    expect(text.stdout).toContain('nothing was checked');
  });

  it('fails on what is no token', async () => {
    const run = await verify(['--inspect', '--json', 'x.y']);
    expect(run).toMatchObject({ code: 3, json: { error: { code: 'token.malformed' } } });
    expect(run.stdout).not.toMatch(/"valid"/);
  });

  it('decodes a batch', async () => {
    const token = await alice.sign({ t: 'FLLW', aud: 'bob.test' });
    const run = await verify(['--inspect', '--json'], { stdin: `${token}\nx.y\n${token}\n` });
    expect(run.code).toBe(3);
    expect(run.lines.map((line) => [line.line, line.error?.code])).toEqual([
      [1, undefined],
      [2, 'token.malformed'],
      [3, undefined],
    ]);
    assertSchema(...run.lines);
  });
});

describe('a batch', () => {
  const tokens = Promise.all(Array.from({ length: 300 }, (_, n) => alice.sign({ t: 'POST:TEXT', c: `post ${n}` })));

  it('keeps the order and succeeds when all are good', async () => {
    const stdin = (await tokens).join('\n');
    const run = await verify(['--key', aliceFile, '--json'], { stdin });
    expect(run.code).toBe(0);
    expect(run.lines.map(({ claims, line }) => [claims.c, line])).toEqual(
      (await tokens).map((_, n) => [`post ${n}`, n + 1]),
    );
    expect(run.stderr).toContain('300 tokens: 300 valid, 0 failed, 0 undecided');
  });

  it('fails when one fails, counting lines as an editor does', async () => {
    const [first, second] = await tokens;
    const stdin = `${first}\n\n  \n${await makeIdentity('alice.test').sign({ t: 'POST:TEXT', c: 'forged' })}\r\n${second}`;
    const run = await verify(['--key', aliceFile, '--json'], { stdin });
    expect(run.code).toBe(3);
    expect((run.lines as Report[]).map(({ line, valid }) => [line, valid])).toEqual([
      [1, true],
      [4, false],
      [5, true],
    ]);
    const text = await verify(['--key', aliceFile, '--quiet'], { stdin });
    expect(text.stdout.split('\n').map((line) => line.slice(0, 8).trim())).toEqual([
      '1  ✓ val',
      '4  ✗ fai',
      '5  ✓ val',
      '',
    ]);
    expect(text.stderr).toBe('');
  });

  it('says when it could not tell, unless something is proven wrong', async () => {
    const lab = await startLab();
    await servePeer(lab, alice);
    const lost = await makeIdentity('lost.test').sign({ t: 'POST:TEXT', c: 'x' });
    const [good] = await tokens;
    const network = ['--network', networkFile(lab), '--json'];
    const undecided = await verify(network, { stdin: `${lost}\n${good}\n${lost}\n` });
    expect(undecided.code).toBe(5);
    expect((undecided.lines as Report[]).map(({ valid }) => valid)).toEqual([false, true, false]);
    const proven = await verify(network, { stdin: `${lost}\n${good}\nx.y.z\n` });
    expect(proven.code).toBe(3);
  });

  it('asks each issuer once', async () => {
    const lab = await startLab();
    const peer = await servePeer(lab, alice);
    const run = await verify(['--network', networkFile(lab), '--json'], { stdin: (await tokens).join('\n') });
    expect(run.code).toBe(0);
    expect(peer.requests).toHaveLength(1);
  });

  it('may be of one token, or of none', async () => {
    const [token] = await tokens;
    expect((await verify(['--batch', '--key', aliceFile, '--json', token!])).lines).toMatchObject([
      { line: 1, valid: true },
    ]);
    for (const stdin of ['', ' \n\n']) {
      expect(await verify(['--batch', '--key', aliceFile, '--json'], { stdin })).toMatchObject({ code: 0, stdout: '' });
      expect((await verify(['--key', aliceFile], { stdin })).code).toBe(2);
    }
  });

  it.each([[['--key', aliceFile]], [['--inspect']]])(
    'answers a live pipe at once, and ends with its reader: %j',
    async (args) => {
      const [token] = await tokens;
      const cli = startCli(['verify-token', '--batch', '--json', ...args], { keepStdin: true });
      cli.child.stdin?.write(`${token}\n`);
      await cli.line((line) => line.includes('"line":1'));
      cli.child.stdout?.destroy();
      // What it writes next finds nobody there; its stdin stays open.
      cli.child.stdin?.write(`${token}\n`.repeat(50));
      expect((await cli.done).code).toBe(0);
    },
  );

  it('refuses a line that is no token by its size, in constant memory', async () => {
    const [token] = await tokens;
    const run = await verify(['--key', aliceFile, '--json'], { stdin: `${'a'.repeat(20_000_000)}\n${token}\n` });
    expect(run.code).toBe(3);
    expect((run.lines as Report[]).map((report) => failedCodes(report))).toEqual([['token.malformed'], []]);
  });
});
