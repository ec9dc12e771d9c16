/** What of a flag stands in the usage line. */
export interface UsageFlag {
  name: string;
  char?: string | undefined;
  /** `FILE`, `a|b`; none for a switch. */
  value?: string | undefined;
  multiple: boolean;
  /** There is `--no-…` as well. */
  negatable?: boolean;
  required: boolean;
  /** Names of flags that can't stand beside it. */
  exclusive: readonly string[];
}

/**
 * `--type TYPE [--json] [--list | --rotate]`: those that are needed, then each other one once, in brackets; together where each
 * excludes all the others. oclif's own line takes pairs of names at their word and nests what is in several of them.
 */
export function usageOfFlags(flags: readonly UsageFlag[]): string[] {
  const excludes = (a: UsageFlag, b: UsageFlag) => a.exclusive.includes(b.name) || b.exclusive.includes(a.name);
  const degree = (flag: UsageFlag) => flags.filter((other) => excludes(flag, other)).length;
  const optional = flags.filter(({ required }) => !required);
  const groups: UsageFlag[][] = [];
  // The flag that excludes most begins: what it can't stand beside is likeliest to be one choice.
  for (const flag of [...optional].sort((a, b) => degree(b) - degree(a))) {
    const group = groups.find((members) => members.every((member) => excludes(member, flag)));
    if (group) group.push(flag);
    else groups.push([flag]);
  }
  const placed = (group: UsageFlag[]) => Math.min(...group.map((flag) => optional.indexOf(flag)));
  const inOrder = groups.sort((a, b) => placed(a) - placed(b));
  const byPlace = (a: UsageFlag, b: UsageFlag) => optional.indexOf(a) - optional.indexOf(b);
  return [
    ...flags.filter(({ required }) => required).map(shown),
    ...inOrder.map((group) => `[${group.sort(byPlace).map(shown).join(' | ')}]`),
  ];
}

function shown({ name, char, value, multiple, negatable }: UsageFlag): string {
  const flag = char ? `-${char}` : `--${negatable ? '[no-]' : ''}${name}`;
  return value === undefined ? flag : `${flag} ${value}${multiple ? '...' : ''}`;
}
