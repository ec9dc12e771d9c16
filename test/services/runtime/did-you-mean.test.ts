import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/services/runtime/did-you-mean.ts';

const COMMANDS = ['init', 'keygen', 'dns-check', 'serve', 'follow', 'unfollow', 'verify-token', 'store check'];

describe('nearest', () => {
  it.each([
    ['folow', 'follow'],
    ['unfolow', 'unfollow'],
    ['dnscheck', 'dns-check'],
    ['verfy-tokn', 'verify-token'],
    ['store chek', 'store check'],
    ['int', 'init'],
    ['inti', 'init'],
  ])('%s → %s', (typed, meant) => {
    expect(nearest(typed, COMMANDS)).toBe(meant);
  });

  it.each(['', 'x', 'completely-different', 'server-of-mine'])('%j is near to nothing', (typed) => {
    expect(nearest(typed, COMMANDS)).toBeNull();
  });

  it('has nothing to offer without candidates', () => {
    expect(nearest('init', [])).toBeNull();
  });
});
