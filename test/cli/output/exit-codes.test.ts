import { describe, expect, it } from 'vitest';
import { combineExitCodes, EXIT, exitCodeFor } from '../../../src/cli/output/exit-codes.ts';
import type { ErrorCode } from '../../../src/protocol/error-table.ts';

describe('exit codes', () => {
  it.each<[ErrorCode, number]>([
    ['usage.flag', 2],
    ['usage.cancelled', 130],
    ['token.signature', 3],
    ['check.dns', 3],
    ['network.timeout', 4],
    ['dns.nxdomain', 5],
    ['tls.expired', 6],
    ['peer.refused', 7],
    ['permission.denied', 7],
    ['store.full', 8],
    ['home.missing', 8],
    ['home.identity-exists', 8],
    ['key.mode', 8],
    ['wait.timeout', 9],
    ['internal.unexpected', 1],
  ])('%s ends with %i', (code, expected) => {
    expect(exitCodeFor(code)).toBe(expected);
  });

  it.each(['', 'nodot', 'unheard.of', 'constructor', '__proto__', 'dns.unheard-of'])(
    '%j, of another version of this program, is unexpected',
    (code) => {
      expect(exitCodeFor(code as ErrorCode)).toBe(EXIT.unexpected);
    },
  );
});

describe('the exit code of a batch', () => {
  it('is 0 when there was nothing to do', () => {
    expect(combineExitCodes([])).toBe(0);
  });

  it.each([
    [[0, 0], 0],
    [[0, 4], 4],
    [[4, 3, 5], 3],
    [[3, 6], 3],
    [[7, 3, 0], 3],
    [[0, 9, 5], 5],
    [[4, 7], 7],
  ] as const)('of %j is %i: a proven failure outranks what could not be told', (codes, expected) => {
    expect(combineExitCodes(codes)).toBe(expected);
    expect(combineExitCodes([...codes].reverse())).toBe(expected);
  });
});
