import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NOBODY } from '../../../src/protocol/observer.ts';
import { runCertificates } from '../../../src/services/certificates/certificate-worker.ts';
import { createChallenges } from '../../../src/services/certificates/challenges.ts';
import { renewalOf } from '../../../src/services/certificates/renewal-state.ts';
import { selfSigned } from '../../../src/services/certificates/x509.ts';
import { acmeAccountPath, writeAcmeCertificate } from '../../../src/store/identities/acme-files.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const DAY = 86_400_000;
const clock = { wall: () => NOW, monotonic: () => NOW };
/** Nobody listens there. */
const directory = 'https://127.0.0.1:1/dir';
const acme = { enabled: true, agree: true, directory, ca: null, email: null, httpPort: 0, dnsHook: null };
const settings = {
  acme: { ...acme, eabKid: null, eabKey: null },
  tls: { directory: null },
  request: { timeout: 5_000 },
};

/** A home with these identities. */
function homeOf(...idTags: string[]) {
  const home = temporaryDirectory('acme-');
  const own = (idTag: string) => join(home, 'identities', idTag);
  for (const idTag of idTags) {
    mkdirSync(own(idTag), { recursive: true });
    writeFileSync(join(own(idTag), 'identity.json'), '{}');
  }
  return { home, own, identities: { list: async () => idTags.map((idTag) => ({ idTag })) } };
}

interface LogFields {
  idTag?: string;
  error?: { code: string };
}

/** Lets the worker look so many times. @returns the idTags of the attempts that failed */
async function look(
  { home, identities }: ReturnType<typeof homeOf>,
  times: number,
  retryAt = -1,
  logged: (fields: LogFields) => void = () => {},
): Promise<unknown[]> {
  const failed: unknown[] = [];
  const log = (_level: string, message: string, fields: LogFields = {}) => {
    logged(fields);
    if (message.startsWith('no new certificate')) failed.push(fields.idTag);
  };
  const deps = { home, identities, settings, clock, log, observer: NOBODY } as never;
  const ending = new AbortController();
  let looks = 0;
  const renewals = { challenges: createChallenges(), reload: async () => {}, takeRetry: () => looks === retryAt };
  const pause = async () => {
    looks += 1;
    if (looks === times) ending.abort();
  };
  await runCertificates(deps, renewals, ending.signal, { pause, random: () => 0 });
  return failed;
}

describe('the worker that gets certificates', () => {
  it('tries each identity once, notes the pause, and tries again only when it is asked to', async () => {
    const made = homeOf('alice.test', 'anna.test');
    expect(await look(made, 5)).toEqual(['alice.test', 'anna.test']);
    const noted = JSON.parse(readFileSync(join(made.own('anna.test'), 'acme.json'), 'utf8'));
    expect(noted).toMatchObject({ failures: 1, nextAt: NOW + 300_000, error: { code: 'network.refused' } });
    expect(await look(made, 5)).toEqual([]);
    expect(await look(made, 5, 2)).toEqual(['alice.test', 'anna.test']);
  });

  it('holds the pause in memory while it can not be noted, and goes on with the others', async () => {
    const made = homeOf('alice.test', 'anna.test');
    mkdirSync(join(made.own('alice.test'), 'acme.json'));
    expect(await look(made, 5)).toEqual(['alice.test', 'anna.test']);
  });

  it('orders nothing while the disk takes no writes: the certificate would be lost', async () => {
    const made = homeOf('alice.test');
    mkdirSync(join(made.own('alice.test'), 'acme.json'));
    const codes: unknown[] = [];
    await look(made, 2, -1, ({ error }) => codes.push(error?.code));
    expect(codes).toContain('store.io');
    expect(codes).not.toContain('network.refused');
  });

  it('leaves out an identity whose certificate can not be read, and goes on with the others', async () => {
    const made = homeOf('alice.test', 'anna.test');
    mkdirSync(join(made.own('alice.test'), 'acme.pem'));
    expect(await look(made, 3)).toEqual(['anna.test']);
  });

  it('names the file of an account whose key is damaged', async () => {
    const made = homeOf('alice.test');
    const account = { directory, account: 'https://127.0.0.1:1/account', privateKey: 'damaged' };
    mkdirSync(join(made.home, 'acme'));
    writeFileSync(acmeAccountPath(made.home, directory), JSON.stringify(account));
    const errors: unknown[] = [];
    await look(made, 2, -1, ({ error }) => error && errors.push(error));
    expect(errors).toMatchObject([
      { code: 'store.document', message: expect.stringContaining('"privateKey" must be') },
    ]);
  });
});

describe('where an identity stands', () => {
  it.each(['{', '{"nextAt":"soon"}', null])(
    'is told by the certificate when the notes are damaged: %s',
    async (text) => {
      const { home, own } = homeOf('alice.test');
      const stand = () => renewalOf({ home, settings, clock } as never, 'alice.test');
      if (text !== null) writeFileSync(join(own('alice.test'), 'acme.json'), text);
      await expect(stand()).resolves.toMatchObject({ nextAt: NOW, failures: 0 });
      const { cert, key } = await selfSigned(['alice.test', 'cl-o.alice.test'], NOW);
      await writeAcmeCertificate(home, 'alice.test', cert, key);
      const { nextAt, askAt } = await stand();
      expect(Math.round((nextAt - NOW) / DAY)).toBe(60);
      expect(askAt).toBe(NOW);
      // A certificate that lacks a name is due.
      writeFileSync(join(own('alice.test'), 'acme.pem'), (await selfSigned(['alice.test'], NOW)).cert);
      await expect(stand()).resolves.toMatchObject({ nextAt: NOW });
    },
  );
});
