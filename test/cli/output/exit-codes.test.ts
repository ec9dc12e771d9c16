import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { combineExitCodes, EXIT, EXIT_CODE_BY_AREA, exitCodeFor } from '../../../src/cli/output/exit-codes.ts';
import { PROJECT_ROOT } from '../../support/run-cli.ts';

describe('exit codes', () => {
  it.each([
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
    ['identity.exists', 8],
    ['key.mode', 8],
    ['wait.timeout', 9],
    ['internal.unexpected', 1],
  ])('%s ends with %i', (code, expected) => {
    expect(exitCodeFor(code)).toBe(expected);
  });

  it.each(['', 'nodot', 'unheard.of', 'constructor.name', '__proto__.x', '.dns'])('%j is unexpected', (code) => {
    expect(exitCodeFor(code)).toBe(EXIT.unexpected);
  });

  it('are documented, each with its areas', () => {
    const page = readFileSync(join(PROJECT_ROOT, 'docs/exit-codes.md'), 'utf8');
    const rows = new Map(
      [...page.matchAll(/^\| (\d+) \| .* \|(.*)\|$/gm)].map(([, code, areas]) => [Number(code), areas]),
    );
    for (const code of Object.values(EXIT)) expect(rows.has(code), `no row for ${code}`).toBe(true);
    for (const [area, code] of Object.entries(EXIT_CODE_BY_AREA)) expect(rows.get(code)).toContain(`\`${area}.*\``);
  });
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
