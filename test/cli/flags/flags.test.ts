import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/cli/flags/flags.ts';
import { wantsColor } from '../../../src/cli/output/colors.ts';
import { homeDirectory, mendEnvironment } from '../../../src/cli/process/home-directory.ts';
import { durationText } from '../../../src/protocol/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['2.5s', 2500],
    ['0.6ms', 1],
    ['500ms', 500],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['30', '2.5', '', ' ', 'm', '10x', '-5s', '1e3', '10 m', '5m!', 'Infinity', '1..5s', `${'9'.repeat(30)}d`])(
    'refuses %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'usage.duration' }));
    },
  );

  it('reads what durationText writes', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), (ms) => {
        expect(parseDuration(durationText(ms))).toBe(ms);
      }),
    );
    expect([durationText(10_000), durationText(5_400_000), durationText(2_592_000_000)]).toEqual([
      '10s',
      '1h30m',
      '30d',
    ]);
  });

  it('adds up its parts', () => {
    fc.assert(
      fc.property(fc.nat(99), fc.nat(59), fc.nat(59), (h, m, s) => {
        expect(parseDuration(`${h}h${m}m${s}s`)).toBe(((h * 60 + m) * 60 + s) * 1000);
      }),
    );
  });
});

describe('homeDirectory', () => {
  it('is what the flag says, made absolute', () => {
    expect(homeDirectory('/srv/home', {})).toBe('/srv/home');
    expect(homeDirectory('here', {})).toBe(`${process.cwd()}/here`);
  });

  it('is in the XDG data directory otherwise', () => {
    expect(homeDirectory(undefined, { XDG_DATA_HOME: '/data' })).toBe('/data/cloudillo');
  });

  it.each([undefined, '', 'relative/data'])('is in ~/.local/share when XDG_DATA_HOME is %j', (xdg) => {
    expect(homeDirectory(undefined, { XDG_DATA_HOME: xdg })).toMatch(/\/\.local\/share\/cloudillo$/);
  });
});

describe('mendEnvironment', () => {
  it('takes an empty FORCE_COLOR, and a HOME that is empty or relative, as not set', () => {
    for (const HOME of ['', 'here']) {
      const env = { FORCE_COLOR: '', HOME, NO_COLOR: '' };
      mendEnvironment(env);
      expect(env).toEqual({ NO_COLOR: '' });
    }
    const env = { FORCE_COLOR: '0', HOME: '/srv/home' };
    mendEnvironment(env);
    expect(env).toEqual({ FORCE_COLOR: '0', HOME: '/srv/home' });
  });
});

describe('wantsColor', () => {
  const terminal = () => true;
  const pipe = () => false;

  it('is yes on a terminal and no elsewhere', () => {
    expect(wantsColor(terminal, false, {})).toBe(true);
    expect(wantsColor(pipe, false, {})).toBe(false);
  });

  it.each([
    ['--no-color', true, {}],
    ['NO_COLOR', false, { NO_COLOR: '1' }],
    ['a dumb terminal', false, { TERM: 'dumb' }],
    ['FORCE_COLOR=0', false, { FORCE_COLOR: '0' }],
    ['NO_COLOR with FORCE_COLOR', false, { NO_COLOR: '1', FORCE_COLOR: '1' }],
    ['--no-color with FORCE_COLOR', true, { FORCE_COLOR: '1' }],
  ])('is no with %s', (_, flag, env) => {
    expect(wantsColor(terminal, flag, env)).toBe(false);
  });

  it('is yes in a pipe with FORCE_COLOR', () => {
    expect(wantsColor(pipe, false, { FORCE_COLOR: '1' })).toBe(true);
  });

  it('takes an empty NO_COLOR as not set (no-color.org)', () => {
    expect(wantsColor(terminal, false, { NO_COLOR: '' })).toBe(true);
    expect(wantsColor(pipe, false, { FORCE_COLOR: '' })).toBe(false);
  });
});
