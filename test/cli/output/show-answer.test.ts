import { describe, expect, it } from 'vitest';
import { bodyForOutput } from '../../../src/cli/output/show-answer.ts';

describe('bodyForOutput', () => {
  it('leaves the bytes alone, except on a terminal', () => {
    const body = Buffer.from('{"a":1}\u001b[2J');
    expect(bodyForOutput(body, false)).toBe(body);
    expect(bodyForOutput(body, true)).toBe('{"a":1}\\u001b[2J\n');
    expect(bodyForOutput(Buffer.from('a\nb\n'), true)).toBe('a\nb\n');
    expect(bodyForOutput(Buffer.alloc(0), true)).toHaveLength(0);
  });
});
