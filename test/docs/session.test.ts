import { describe, expect, it } from 'vitest';
import { Comparison, readSession } from './session.ts';

const ID = (letter: string) => `a1~${letter.repeat(43)}`;

describe('reading a page', () => {
  it('takes the blocks that are marked, and tells whose terminal it is', () => {
    const page = ['<!-- session: alice.test bob.test -->', '```console', '$ not run', '```', '```console session'];
    const lines = ['$ cloudillo status', 'fine  ', 'bob$ cloudillo a \\', '  b', 'done', '```', 'text'];
    expect(readSession([...page, ...lines].join('\n'))).toEqual({
      idTags: ['alice.test', 'bob.test'],
      steps: [
        { who: '', command: 'cloudillo status', output: ['fine'], line: 6 },
        { who: 'bob', command: 'cloudillo a \\\n  b', output: ['done'], line: 8 },
      ],
    });
    expect(readSession('```console\n$ a\n```')).toBeNull();
    expect(() => readSession('```console session\n$ a\n```')).toThrow();
  });
});

describe('comparing', () => {
  it('finds a line that differs, is missing, or too much', () => {
    const comparison = new Comparison();
    expect(comparison.difference(['a', 'b'], ['a', 'b'])).toBeNull();
    expect(comparison.difference(['a', 'b'], ['a', 'c'])).toContain('shown:   b');
    expect(comparison.difference(['a', 'b'], ['a'])).toContain('ends before: b');
    expect(comparison.difference(['a'], ['a', 'b'])).toContain('not shown: b');
  });

  it('takes an ellipsis for any text, or any lines, and nothing else', () => {
    const comparison = new Comparison();
    expect(comparison.difference(['one … three'], ['one two three'])).toBeNull();
    expect(comparison.difference(['one … three'], ['one two four'])).not.toBeNull();
    expect(comparison.difference(['a', '…', 'z'], ['a', 'b', 'c', 'z'])).toBeNull();
    expect(comparison.difference(['a', '…', 'z'], ['a', 'b', 'c'])).not.toBeNull();
    expect(comparison.difference(['a', '…'], ['a', 'b', 'c'])).toBeNull();
  });

  it('takes times, durations and ports for equal', () => {
    const shown = ['at 2026-01-01T00:00:00Z on 127.0.0.1:8443  49 ms'];
    expect(new Comparison().difference(shown, ['at 2027-02-02T11:22:33Z on 127.0.0.1:40001  7.5 ms'])).toBeNull();
    expect(new Comparison().difference(shown, ['at 2027-02-02T11:22:33Z on 127.0.0.2:40001  7.5 ms'])).not.toBeNull();
  });

  it('binds a name of the page to one of the run, and puts it into later commands', () => {
    const comparison = new Comparison();
    expect(comparison.difference([`made ${ID('A')}`], [`made ${ID('x')}`])).toBeNull();
    expect(comparison.difference([`saw ${ID('A')}`], [`saw ${ID('y')}`])).not.toBeNull();
    expect(comparison.difference([`saw ${ID('A')}, ${ID('B')}`], [`saw ${ID('x')}, ${ID('y')}`])).toBeNull();
    expect(comparison.command(`show ${ID('B')} ${ID('C')}`)).toBe(`show ${ID('y')} ${ID('C')}`);
  });
});
