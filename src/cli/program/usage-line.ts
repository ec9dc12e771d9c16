/** The usage line of a command. */

/** A flag in the usage line. */
export interface UsageFlag {
  name: string;
  char?: string | undefined;
  /** `FILE`, `a|b`; none for a switch. */
  value?: string | undefined;
  multiple: boolean;
  /** Whether there is `--no-…`, too. */
  negatable?: boolean;
  required: boolean;
  /** The names of flags that exclude it. */
  exclusive: readonly string[];
}

/**
 * Writes flags like `--type TYPE [--json] [--list | --rotate]`: required flags, then each other one once, in brackets. Flags that
 * all exclude one another share brackets. oclif's own line takes each pair literally and nests flags of several pairs.
 */
export function usageOfFlags(flags: readonly UsageFlag[]): string[] {
  const excludes = (a: UsageFlag, b: UsageFlag) => a.exclusive.includes(b.name) || b.exclusive.includes(a.name);
  const degree = (flag: UsageFlag) => flags.filter((other) => excludes(flag, other)).length;
  const optional = flags.filter(({ required }) => !required);
  const groups: UsageFlag[][] = [];
  // The flag that excludes most comes first: its partners are most likely one choice.
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
