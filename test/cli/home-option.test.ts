import { describe, expect, it } from 'vitest';
import { withHome } from '../../src/cli/home-option.ts';

const env = { HOME: '/home/me', XDG_DATA_HOME: '/data' };

describe('withHome', () => {
  it.each([
    ['cloudillo serve', 'cloudillo serve --home /h'],
    ['cloudillo store check; then restore it', 'cloudillo store check --home /h; then restore it'],
    ['set it: cloudillo config set tls.cert FILE', 'set it: cloudillo config set --home /h tls.cert FILE'],
    ['cloudillo serve, or cloudillo deliver', 'cloudillo serve --home /h, or cloudillo deliver --home /h'],
    ['cloudillo keygen --as a.example --rotate', 'cloudillo keygen --home /h --as a.example --rotate'],
  ])('makes %j work in this home', (hint, expected) => {
    expect(withHome(hint, '/h', env)).toBe(expected);
  });

  it.each([
    'There is no cloudillo home',
    'Install a newer cloudillo',
    'cloudillo sandbox up a.test',
    'cloudillo serve --home /x',
  ])('leaves %j alone', (hint) => {
    expect(withHome(hint, '/h', env)).toBe(hint);
  });

  it('adds nothing for the default home, and quotes what a shell would read', () => {
    expect(withHome('cloudillo serve', '/data/cloudillo', env)).toBe('cloudillo serve');
    expect(withHome('cloudillo serve', "/my $& 'home'", env)).toBe(`cloudillo serve --home '/my $& '\\''home'\\'''`);
  });
});
