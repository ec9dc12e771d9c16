import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../../src/protocol/shell-word.ts';
import { curlLine } from '../../../src/sandbox/network/curl-line.ts';

describe('shellWord', () => {
  it('is one word to a shell, the same as before', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ minLength: 1 }).filter((text) => !text.includes('\0')),
          { minLength: 1, maxLength: 5 },
        ),
        (words) => {
          const line = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
          const seen = execFileSync('/bin/sh', ['-c', line]).toString().split('\0').slice(0, -1);
          expect(seen).toEqual(words);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('curlLine', () => {
  it('is the line that one would type', () => {
    expect(curlLine('münchen.test', { address: '::1', port: 8443 }, '/tmp/a b/ca.pem')).toBe(
      "curl --cacert '/tmp/a b/ca.pem' --connect-to 'cl-o.xn--mnchen-3ya.test:443:[::1]:8443' https://cl-o.xn--mnchen-3ya.test/api/me",
    );
  });
});
