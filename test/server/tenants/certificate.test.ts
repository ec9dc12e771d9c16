import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  type Certificate,
  type CertificateWatch,
  readCertificate,
  watchCertificate,
} from '../../../src/server/tenants/certificate.ts';
import { certificateProblems } from '../../../src/services/certificates/certificate-problems.ts';
import { type CertificateAuthority, makeAuthority, type ServerCertificate } from '../../support/certificates.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

const NAMES = ['cl-o.alice.test', 'alice.test'];
let root: CertificateAuthority;
let files: { cert: string; key: string };
let shown: string;
let logged: [level: string, message: string, code: string | undefined][];

const write = ({ cert, key }: ServerCertificate): void => {
  writeFileSync(files.key, key);
  writeFileSync(files.cert, cert);
};
const serialOf = (pem: string | Buffer): string => new X509Certificate(pem).serialNumber;

/** A watch over a pair that is in use. */
async function watching(first: ServerCertificate): Promise<CertificateWatch> {
  write(first);
  shown = serialOf(first.cert);
  const problemsOf = async ({ cert }: Certificate) =>
    certificateProblems(cert.toString(), {
      names: NAMES,
      authorities: [new X509Certificate(root.ca)],
      now: Date.now(),
    });
  const watch = watchCertificate(files, {
    current: await readCertificate(files),
    use: ({ cert }) => {
      shown = serialOf(cert);
    },
    problemsOf,
    log: (level, message, fields) =>
      logged.push([level, message, (fields as { error?: { code: string } } | undefined)?.error?.code]),
  });
  onTestFinished(() => watch.stop());
  return watch;
}

beforeEach(async () => {
  root = await makeAuthority('Root');
  const directory = temporaryDirectory();
  files = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  logged = [];
});

describe('a running server', () => {
  it.each<[string, string, (between: CertificateAuthority) => Promise<ServerCertificate>]>([
    ['has expired', 'tls.expired', () => root.issue(NAMES, { days: -1 })],
    ['is not valid yet', 'tls.expired', () => root.issue(NAMES, { startsInDays: 1 })],
    ['is for another name', 'tls.name', () => root.issue(['cl-o.bob.test', 'bob.test'])],
    ['is for one of two names', 'tls.name', () => root.issue(['alice.test'])],
    ['lacks its intermediate certificate', 'tls.untrusted', (between) => between.issue(NAMES)],
    [
      'has another key',
      'tls.certificate',
      async () => ({ ...(await root.issue(NAMES)), key: (await root.issue(NAMES)).key }),
    ],
  ])('keeps its certificate when the new one %s, and logs an error', async (_, code, make) => {
    const first = await root.issue(NAMES);
    const watch = await watching(first);
    write(await make(await root.intermediate('Between')));
    await watch.reload();
    expect(shown).toBe(serialOf(first.cert));
    expect(logged).toEqual([['error', 'certificate not loaded: the old one stays in use', code]]);
    // A later good one is taken all the same.
    const good = await root.issue(NAMES);
    write(good);
    await watch.reload();
    expect(shown).toBe(serialOf(good.cert));
  });

  it('takes what is no worse than what it has, and warns of what is wrong with it', async () => {
    const watch = await watching(await root.issue(['alice.test'], { days: -1 }));
    const between = await root.intermediate('Between');
    const better = await between.issue(['alice.test']);
    write(better);
    await watch.reload();
    expect(shown).toBe(serialOf(better.cert));
    expect(logged).toEqual([
      ['info', 'certificate loaded', undefined],
      ['warn', 'peers may refuse the certificate', 'tls.name'],
      ['warn', 'peers may refuse the certificate', 'tls.untrusted'],
    ]);
    const { cert, key } = await between.issue(NAMES);
    write({ cert: cert + between.ca, key });
    await watch.reload();
    expect(shown).toBe(serialOf(cert));
    expect(logged.slice(3)).toEqual([['info', 'certificate loaded', undefined]]);
  });
});
