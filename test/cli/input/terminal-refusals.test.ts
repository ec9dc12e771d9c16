import { describe, expect, it } from 'vitest';
import { openTokens } from '../../../src/cli/input/token-input.ts';
import { openFileTarget } from '../../../src/cli/output/file-target.ts';
import { Output } from '../../../src/cli/output/output.ts';
import { codeOfAsync } from '../../support/codes.ts';

const terminal = { isTTY: true } as NodeJS.ReadStream;

describe('with a terminal', () => {
  const output = new Output({ json: false, quiet: false, verbose: false });
  const target = (out: string | undefined, isTTY: boolean) =>
    openFileTarget({ out, force: false, json: false, output, stdout: () => ({ isTTY }) });

  it('the bytes of a file stay off it, unless insisted on', async () => {
    expect(await codeOfAsync(target(undefined, true))).toBe('usage.out');
    expect((await target('-', true)).path).toBeNull();
    expect((await target(undefined, false)).path).toBeNull();
  });

  it('verify-token doesn’t wait for somebody to type a token, unless told', async () => {
    expect(await codeOfAsync(openTokens({ batch: false, stdin: () => terminal }))).toBe('usage.token');
    const one = openTokens({ token: 'x.y.z', batch: false, stdin: () => expect.fail('stdin was opened') });
    expect(await one).toEqual({ one: 'x.y.z' });
  });
});
