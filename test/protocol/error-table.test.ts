import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, type ErrorTraits, errorTraits, isCodeOf } from '../../src/protocol/error-table.ts';
import { CloudilloError, errorFromObject, errorToObject } from '../../src/protocol/errors.ts';
import { PROJECT_ROOT } from '../support/run-cli.ts';

const TABLE = Object.entries<ErrorTraits>(ERRORS) as [ErrorCode, ErrorTraits][];
const SRC = join(PROJECT_ROOT, 'src');

/** All of `src` but the table itself. */
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== join('protocol', 'error-table.ts'))
  .map((name) => readFileSync(join(SRC, name), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''));

describe('the table of errors', () => {
  it('has no code that nothing uses', () => {
    const text = sources.join('\n');
    // One that is put together: `token.${role}`.
    const made = new Set(['token.issuer', 'token.audience']);
    const unused = TABLE.filter(([code]) => !made.has(code) && !text.includes(`'${code}'`)).map(([code]) => code);
    expect(unused).toEqual([]);
  });

  it('says in a sentence what each code means, and has each in its documentation', () => {
    const page = readFileSync(join(PROJECT_ROOT, 'docs/exit-codes.md'), 'utf8');
    for (const [code, { means }] of TABLE) {
      expect(means, code).toMatch(/^[A-Z].*\.$/);
      expect(page, code).toContain(`| \`${code}\` | ${means} |`);
    }
  });

  it('tells what is queued from what has ended', () => {
    for (const [code, { queued }] of TABLE) {
      const expected = isCodeOf(code, 'dns') ? 5 : isCodeOf(code, 'tls') ? 6 : 4;
      expect(queued, code).toBe(expected);
    }
    expect(errorTraits('peer.error')).toMatchObject({ exit: 7, queued: 4 });
  });

  it('gives an error its default hint and whether it may be retried, unless the error knows better', () => {
    const asIs = new CloudilloError('dns.servfail', 'no');
    expect(asIs).toMatchObject({ retryable: true, hint: errorTraits('dns.servfail').hint });
    expect(asIs.hint).toBeDefined();
    const knowing = new CloudilloError('dns.servfail', 'no', { retryable: false, hint: 'wait' });
    expect(knowing).toMatchObject({ retryable: false, hint: 'wait' });
    expect(new CloudilloError('usage.flag', 'no').retryable).toBe(false);
  });

  it('carries a code of another version as it is, and takes it for unexpected', () => {
    const foreign = { code: 'later.invented' as ErrorCode, message: 'm', retryable: false };
    expect(errorToObject(errorFromObject(foreign))).toEqual({ ...foreign, blame: 'us' });
    expect(errorTraits(foreign.code)).toBe(errorTraits('internal.unexpected'));
    expect(errorTraits('toString' as ErrorCode)).toBe(errorTraits('internal.unexpected'));
  });

  it('knows the areas', () => {
    expect(isCodeOf('store.full', 'store')).toBe(true);
    expect(isCodeOf('store.full', 'peer', 'store')).toBe(true);
    expect(isCodeOf('store.full', 'peer')).toBe(false);
  });

  it('takes no code that it does not have: these lines do not compile without the expectation', () => {
    // @ts-expect-error an unknown code of a known area
    new CloudilloError('usage.unheard-of', 'm');
    // @ts-expect-error an area alone
    new CloudilloError('usage', 'm');
    // @ts-expect-error any text
    new CloudilloError(String('usage.flag'), 'm');
    // @ts-expect-error an unknown code
    errorTraits('dns.unheard-of');
    // @ts-expect-error an unknown area
    isCodeOf('dns.nodata', 'dsn');
    // @ts-expect-error a comparison with a code that there isn't
    expect(new CloudilloError('usage.flag', 'm').code === 'usage.flags').toBe(false);
  });
});
