import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shownSecond, shownTime } from '../../../src/cli/render/shown-time.ts';
import { PROJECT_ROOT } from '../../support/run-cli.ts';

describe('a time in a row', () => {
  it.each(['2026-11-29T14:30:05Z', '2026-11-29T14:30:05.678Z'])('has its zone: %s', (iso) => {
    expect(shownTime(iso)).toBe('2026-11-29 14:30Z');
    expect(shownSecond(iso)).toBe('2026-11-29 14:30:05Z');
  });

  it('is cut nowhere else', () => {
    const directory = join(PROJECT_ROOT, 'src/cli/render');
    const others = readdirSync(directory).filter((name) => name !== 'shown-time.ts');
    const cutting = others.filter((name) => /\.slice\(0, 1[069]\)/.test(readFileSync(join(directory, name), 'utf8')));
    expect(cutting).toEqual([]);
  });
});
