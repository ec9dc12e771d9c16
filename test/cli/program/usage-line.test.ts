import { describe, expect, it } from 'vitest';
import { type UsageFlag, usageOfFlags } from '../../../src/cli/program/usage-line.ts';

const flag = (name: string, more: Partial<UsageFlag> = {}): UsageFlag => ({
  name,
  multiple: false,
  required: false,
  exclusive: [],
  ...more,
});

describe('usageOfFlags', () => {
  it('names each flag once, those that are needed first', () => {
    const flags = [
      flag('json'),
      flag('type', { required: true, value: 'TYPE' }),
      flag('key', { value: 'F', multiple: true }),
    ];
    expect(usageOfFlags(flags)).toEqual(['--type TYPE', '[--json]', '[--key F...]']);
  });

  it('puts together what each excludes all the others, whichever of them says so', () => {
    const flags = [
      flag('as', { value: 'IDTAG' }),
      flag('list', { exclusive: ['rotate', 'out'] }),
      flag('rotate'),
      flag('out', { char: 'o', value: 'FILE', exclusive: ['rotate', 'as'] }),
      flag('import', { value: 'FILE', exclusive: ['list'] }),
    ];
    expect(usageOfFlags(flags)).toEqual(['[--as IDTAG]', '[--list | --rotate | -o FILE]', '[--import FILE]']);
  });

  it('shows that a switch can be switched off', () => {
    expect(usageOfFlags([flag('check', { negatable: true })])).toEqual(['[--[no-]check]']);
  });
});
