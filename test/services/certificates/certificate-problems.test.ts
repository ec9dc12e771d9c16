import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { certificateProblems } from '../../../src/services/certificates/certificate-problems.ts';
import { type CertificateAuthority, makeAuthority } from '../../support/certificates.ts';
import { withDate } from '../../support/odd-certificates.ts';

const NAMES = ['cl-o.alice.test', 'alice.test'];
let root: CertificateAuthority;
let between: CertificateAuthority;
beforeAll(async () => {
  root = await makeAuthority('Root');
  between = await root.intermediate('Between');
});

const problems = (pem: string, authorities = [root.ca]) =>
  certificateProblems(pem, {
    names: NAMES,
    authorities: authorities.map((one) => new X509Certificate(one)),
    now: Date.now(),
  });

describe('certificateProblems', () => {
  it('finds nothing wrong with a full chain, in any order, with or without its root', async () => {
    const { cert } = await between.issue(NAMES);
    for (const pem of [cert + between.ca, cert + root.ca + between.ca, cert + between.ca + root.ca]) {
      expect(problems(pem)).toEqual([]);
    }
    expect(problems((await root.issue(NAMES)).cert)).toEqual([]);
  });

  it('tells of a missing intermediate certificate that the full chain has to be served', async () => {
    const { cert } = await between.issue(NAMES);
    const [problem, ...others] = problems(cert);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'tls.untrusted', hint: expect.stringContaining('full chain') });
    expect(problem?.message).toContain('CN=Between');
    // The chain of another certificate completes nothing.
    expect(problems(cert + (await makeAuthority('Other')).ca)).toMatchObject([{ code: 'tls.untrusted' }]);
  });

  it('tells of what is signed by itself, and of an authority that no peer knows', async () => {
    const publicOnes = rootCertificates.slice(0, 5);
    expect(problems(root.ca, publicOnes).at(-1)).toMatchObject({ message: 'is signed by itself: no peer trusts it' });
    const { cert } = await root.issue(NAMES);
    expect(problems(cert + root.ca, publicOnes)).toMatchObject([
      { code: 'tls.untrusted', message: 'comes from an authority of its own: no peer trusts it' },
    ]);
    // A public authority's own certificate is known.
    expect(problems(rootCertificates[0] ?? '', publicOnes).filter(({ code }) => code === 'tls.untrusted')).toEqual([]);
  });

  it.each(['notBefore', 'notAfter'] as const)('tells of a date that nobody can read: %s', async (which) => {
    const { cert } = withDate(await root.issue(NAMES), which, '99zz99999999Z');
    expect(problems(cert)).toContainEqual(
      expect.objectContaining({ code: 'tls.expired', message: 'has a date that nobody can read' }),
    );
  });

  it('tells of times and names', async () => {
    expect(problems((await root.issue(NAMES, { days: -1 })).cert)).toMatchObject([
      { code: 'tls.expired', message: expect.stringMatching(/^expired \d{4}-/) },
    ]);
    expect(problems((await root.issue(NAMES, { startsInDays: 1 })).cert)).toMatchObject([
      { code: 'tls.expired', message: expect.stringMatching(/^is not valid before \d{4}-/) },
    ]);
    expect(problems((await root.issue(['alice.test'])).cert)).toMatchObject([
      { code: 'tls.name', names: ['cl-o.alice.test'], message: 'is not for cl-o.alice.test' },
    ]);
    expect(() => problems('rubbish')).toThrow();
  });
});
