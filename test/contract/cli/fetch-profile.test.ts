import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { makeAuthority } from '../../support/certificates.ts';
import { answer, json, type Lab, refuse, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, servePeer } from '../../support/lab-identity.ts';
import { runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

const alice = makeIdentity('alice.test');
const bob = makeIdentity('bob.test');

const fetchProfile = (lab: Lab, ...args: string[]) =>
  runCli(['fetch-profile', '--network', networkFile(lab), '--timeout', '5s', ...args]);

describe('fetch-profile', () => {
  it('shows name, keys, certificate and timing', async () => {
    const lab = await startLab();
    await servePeer(lab, alice);
    const [text, run] = await Promise.all([fetchProfile(lab, 'alice.test'), fetchProfile(lab, 'alice.test', '--json')]);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^alice\.test {2}alice\.test \(person\)\n/);
    expect(text.stdout).toMatch(/✓ 260131 {2}P-384 {2}SHA256:\S{43} {2}no expiry/);
    expect(text.stdout).toMatch(/issued by Lab CA, until \S+Z \(in 9 d\)/);
    expect(text.stdout).toMatch(
      /dns [\d.]+ ms, connect [\d.]+ ms, tls [\d.]+ ms, first byte [\d.]+ ms, total [\d.]+ ms/,
    );
    expect(run.code).toBe(0);
    expect(schemaProblems('fetch-profile', run.json)).toEqual([]);
    expect(run.json).toMatchObject({
      idTag: 'alice.test',
      type: 'person',
      keys: [{ keyId: '260131', usable: true, expired: false, expiresAt: null }],
      address: '127.0.0.1',
      tls: { issuer: 'Lab CA' },
    });
  });

  it('asks for the canonical name', async () => {
    const lab = await startLab();
    const peer = await servePeer(lab, makeIdentity('münchen.test'));
    const run = await fetchProfile(lab, 'MÜNCHEN.test', '--json');
    expect(run).toMatchObject({
      code: 0,
      json: { idTag: 'münchen.test', url: 'https://cl-o.xn--mnchen-3ya.test/api/me' },
    });
    expect(peer.requests[0]?.headers.host).toBe('cl-o.xn--mnchen-3ya.test');
  });

  it('flags a broken key and shows the rest', async () => {
    const lab = await startLab();
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' });
    const keys = [
      ...alice.profile.keys,
      { keyId: '200101', publicKey: alice.publicKey, expiresAt: '2021-01-01T00:00:00Z' },
      { keyId: 'curve', publicKey: p256.toString('base64') },
      { keyId: 'garbage', publicKey: 'garbage!' },
    ];
    await servePeer(lab, { ...alice, profile: { ...alice.profile, keys } });
    const [text, run] = await Promise.all([fetchProfile(lab, 'alice.test'), fetchProfile(lab, 'alice.test', '--json')]);
    expect(run.code).toBe(3);
    expect(schemaProblems('fetch-profile', run.json)).toEqual([]);
    expect(run.json.keys).toMatchObject([
      { usable: true },
      { usable: true, expired: true },
      { usable: false, fingerprint: null, problem: { code: 'key.curve' } },
      { usable: false, problem: { code: 'key.malformed' } },
    ]);
    expect(text.code).toBe(3);
    expect(text.stdout).toContain('✓ 260131');
    expect(text.stdout).toContain('✗ curve');
    expect(text.stdout).toContain('expired 2021-01-01T00:00:00Z');
  });

  it('asks several at once and answers in their order', async () => {
    const lab = await startLab();
    // Bob answers only when Alice was asked: one after the other would hang.
    let asked = () => {};
    const aliceAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    await lab.peer('bob.test', async (_request, response) => {
      await aliceAsked;
      answer(response, bob.profile);
    });
    await lab.peer('alice.test', (_request, response) => {
      asked();
      answer(response, alice.profile);
    });
    const run = await fetchProfile(lab, 'bob.test', 'lost.test', 'alice.test', '--json');
    expect(run.lines.map(({ idTag, error }) => [idTag, error?.code])).toEqual([
      ['bob.test', undefined],
      ['lost.test', 'dns.nxdomain'],
      ['alice.test', undefined],
    ]);
    for (const line of run.lines) expect(schemaProblems('fetch-profile', line)).toEqual([]);
    expect(run.code).toBe(5);
    const elsewhere = await fetchProfile(lab, 'lost.test', '--home', '/elsewhere', '--json');
    const { hint } = elsewhere.lines[0].error;
    expect(hint).toMatch(/cloudillo dns-check --network \S+network\.json --home \/elsewhere lost\.test/);
  });

  it.each<[string, number, string, (lab: Lab) => Promise<unknown>]>([
    ['no such name', 5, 'dns.nxdomain', async () => {}],
    ['a name server that fails', 5, 'dns.servfail', async (lab) => lab.dns.names.set('cl-o.alice.test', 'SERVFAIL')],
    ['no server', 4, 'network.refused', async (lab) => (await servePeer(lab, alice)).close()],
    ['a server that hangs', 4, 'network.timeout', (lab) => lab.peer('alice.test', () => {})],
    [
      'a redirect',
      4,
      'network.redirect',
      (lab) =>
        lab.peer('alice.test', (_, response) => void response.writeHead(302, { location: 'https://evil.test/' }).end()),
    ],
    [
      'another authority',
      6,
      'tls.untrusted',
      async (lab) => lab.peer('alice.test', () => {}, await (await makeAuthority('X')).issue(['cl-o.alice.test'])),
    ],
    [
      '404',
      7,
      'peer.refused',
      (lab) => lab.peer('alice.test', (_, response) => refuse(response, 404, 'E-CORE-NOTFOUND')),
    ],
    [
      '500',
      7,
      'peer.error',
      (lab) => lab.peer('alice.test', (_, response) => refuse(response, 500, 'E-CORE-INTERNAL')),
    ],
    ['HTML', 7, 'peer.invalid', (lab) => lab.peer('alice.test', (_, response) => void response.end('<html>'))],
    ['other JSON', 7, 'peer.profile', (lab) => lab.peer('alice.test', (_, response) => json(response, { a: 1 }))],
    [
      "somebody else's",
      7,
      'peer.mismatch',
      (lab) => lab.peer('alice.test', (_, response) => answer(response, bob.profile)),
    ],
  ])('fails on %s, naming stage and cause', async (_what, exit, code, prepare) => {
    const lab = await startLab();
    await prepare(lab);
    const [text, run] = await Promise.all([fetchProfile(lab, 'alice.test'), fetchProfile(lab, 'alice.test', '--json')]);
    expect(run).toMatchObject({ code: exit, json: { idTag: 'alice.test', error: { code } }, stderr: '' });
    expect(schemaProblems('fetch-profile', run.json)).toEqual([]);
    expect(text).toMatchObject({ code: exit, stdout: '' });
    expect(text.stderr).toMatch(new RegExp(`^Error: .*alice\\.test.*code: ${code}.*stage: .*→ `, 's'));
  });

  it('refuses what is no idTag before anything is asked', async () => {
    const lab = await startLab();
    const run = await fetchProfile(lab, 'alice.test', 'a_b.test', '--json');
    expect(run).toMatchObject({ code: 2, json: { error: { code: 'usage.id-tag' } } });
    expect(lab.dns.asked).toEqual([]);
  });

  it('saves the answer as it came, and never overwrites unless told', async () => {
    const lab = await startLab();
    await servePeer(lab, alice);
    const out = `${temporaryDirectory()}/alice.json`;
    expect(await fetchProfile(lab, 'alice.test', '--out', out)).toMatchObject({ code: 0 });
    const saved = readFileSync(out, 'utf8');
    expect(JSON.parse(saved)).toMatchObject({ data: alice.profile, reqId: 'test' });
    const token = await alice.sign({ t: 'FLLW', aud: 'bob.test' });
    expect(await runCli(['verify-token', '--key', out, token])).toMatchObject({ code: 0 });

    writeFileSync(out, 'mine');
    const again = await fetchProfile(lab, 'alice.test', '--out', out, '--json');
    // Before anything is asked or shown.
    expect(again).toMatchObject({ code: 2, json: { error: { code: 'usage.exists' } } });
    expect(readFileSync(out, 'utf8')).toBe('mine');
    expect(await fetchProfile(lab, 'alice.test', '--out', out, '--force')).toMatchObject({ code: 0 });
    expect(readFileSync(out, 'utf8')).toBe(saved);
  });

  it('writes no file when there is no profile', async () => {
    const lab = await startLab();
    const out = `${temporaryDirectory()}/alice.json`;
    expect(await fetchProfile(lab, 'alice.test', '--out', out)).toMatchObject({ code: 5 });
    expect(readdirSync(dirname(out))).toEqual([]);
    const two = await fetchProfile(lab, 'alice.test', 'bob.test', '--out', out, '--json');
    expect(two).toMatchObject({ code: 2, json: { error: { code: 'usage.out' } } });
  });

  it('keeps keys in the home, and needs one for that', async () => {
    const lab = await startLab();
    await Promise.all([servePeer(lab, alice), servePeer(lab, bob)]);
    const home = `${temporaryDirectory()}/home`;
    const without = await fetchProfile(lab, 'alice.test', '--save-keys', '--home', home, '--json');
    expect(without).toMatchObject({ code: 8, json: { error: { code: 'home.missing' } } });
    expect(lab.dns.asked).toEqual([]);
    await initInstance({ home, clock: systemClock }, { idTag: 'carol.test' });
    expect(await fetchProfile(lab, 'alice.test', 'bob.test', '--save-keys', '--home', home)).toMatchObject({ code: 0 });
    for (const identity of [alice, bob]) {
      const token = await identity.sign({ t: 'FLLW', aud: 'carol.test' });
      expect(await runCli(['verify-token', '--offline', '--home', home, token])).toMatchObject({ code: 0 });
    }
  });

  it('takes the network from the setting of the home', async () => {
    const lab = await startLab();
    await servePeer(lab, alice);
    const home = `${temporaryDirectory()}/home`;
    await initInstance({ home, clock: systemClock }, { idTag: 'carol.test' });
    writeFileSync(`${home}/config.json`, JSON.stringify({ network: networkFile(lab) }), { mode: 0o600 });
    expect(await runCli(['fetch-profile', 'alice.test', '--home', home])).toMatchObject({ code: 0 });
  });
});
