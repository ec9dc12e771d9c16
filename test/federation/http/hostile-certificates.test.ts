/** Certificates that nobody honest makes. What they say is read before Node refuses them. */
import { describe, expect, it } from 'vitest';
import { altNamesOf, namesText } from '../../../src/federation/http/tls-facts.ts';
import { makeAuthority } from '../../support/certificates.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, startLab, trustedAuthority } from '../../support/lab.ts';
import { withDate } from '../../support/odd-certificates.ts';

const URL = 'https://cl-o.bob.test/api/me';

it.each(['notBefore', 'notAfter'] as const)('a date that is none ends no process: %s', async (which) => {
  const lab = await startLab();
  for (const { issue } of [await trustedAuthority(), await makeAuthority('Eve')]) {
    await lab.peer(
      'bob.test',
      (_, response) => answer(response, 1),
      withDate(await issue(['cl-o.bob.test']), which, '99zz99999999Z'),
    );
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'tls.untrusted', stage: 'tls' });
    expect(Object.values(error.details?.['tls'] as object)).toContain('unreadable');
  }
});

it('thousands of names fill no error, and no name is cut from two halves', async () => {
  const lab = await startLab();
  const names = Array.from({ length: 500 }, (_, index) => `${'n'.repeat(60)}${index}.test`);
  await lab.peer('bob.test', (_, response) => answer(response, 1), await (await trustedAuthority()).issue(names));
  const error = await failureOf(lab.requester.get(URL));
  expect(error.code).toBe('tls.name');
  expect(error.message.length).toBeLessThan(1_000);
  expect(JSON.stringify(error.details).length).toBeLessThan(10_000);
});

describe('the list of names', () => {
  it.each([
    ['DNS:a.test, DNS:b.test', ['a.test', 'b.test']],
    ['IP Address:192.0.2.1, DNS:a.test, URI:x', ['a.test']],
    ['DNS:"eve, DNS:bob.test", DNS:a.test', ['eve, DNS:bob.test', 'a.test']],
    ['URI:"x, DNS:bob.test"', []],
    ['DNS:"a\\u0000b"', ['a\u0000b']],
    [`DNS:${'x'.repeat(300)}`, [`${'x'.repeat(255)}…`]],
    ['', []],
  ])('%j', (list, names) => expect(altNamesOf(list)).toEqual(names));

  it('is shown with its first names', () => {
    const names = Array.from({ length: 12 }, (_, index) => `${index}.test`);
    expect(namesText(names)).toMatch(/^0\.test, .*9\.test and 2 more$/);
    expect(namesText(['a.test'])).toBe('a.test');
  });
});
