/** The help of commands. */
import { CommandHelp, Help } from '@oclif/core/help';
import { printOwn } from '../output/output.ts';
import { type UsageFlag, usageOfFlags } from './usage-line.ts';

/** oclif's help of a command, with another usage line and a description that fits the terminal. */
class WrappedCommandHelp extends CommandHelp {
  protected override defaultUsage(): string {
    const args = Object.values(this.command.args).filter(({ hidden }) => !hidden);
    const flags = Object.values(this.command.flags).filter(({ hidden }) => !hidden);
    return ['<%= command.id %>', ...args.map(usageOfArgument), ...usageOfFlags(flags.map(asUsageFlag))].join(' ');
  }

  /** The flags that all commands have come last, after the command's own flags and examples. */
  protected override sections(): ReturnType<CommandHelp['sections']> {
    const sections = super.sections();
    const flags = sections.find(({ header }) => header === 'FLAGS');
    if (flags === undefined) return sections;
    const part = (shared: boolean): typeof flags => ({
      header: flags.header,
      generate: (given, header) => {
        const made = flags.generate(given, header);
        return Array.isArray(made) ? made.filter((each) => SHARED.test(each?.header ?? '') === shared) : made;
      },
    });
    return [...sections.map((section) => (section === flags ? part(false) : section)), part(true)];
  }

  /** The description without the summary, which stands above it. Paragraphs are wrapped anew. */
  protected override description(): string | undefined {
    const { description } = this.command;
    return description ? this.wrap(paragraphs(this.render(description))) : undefined;
  }
}

/** The headers of flags that many commands have. */
const SHARED = /^(?:GLOBAL|TRACE)/;

type CommandArgument = CommandHelp['command']['args'][string];

function usageOfArgument({ name, required, multiple }: CommandArgument): string {
  const shown = `${name.toUpperCase()}${multiple ? '...' : ''}`;
  return required ? shown : `[${shown}]`;
}

type CommandFlag = CommandHelp['command']['flags'][string];

function asUsageFlag(flag: CommandFlag): UsageFlag {
  const { name, char, required = false, exclusive = [] } = flag;
  if (flag.type !== 'option')
    return { name, char, multiple: false, required, exclusive, negatable: flag.allowNo === true };
  const value = [flag.helpValue ?? flag.options?.join('|') ?? '<value>'].flat().join(' ');
  return { name, char, value, multiple: flag.multiple === true, required, exclusive };
}

/** Joins the lines of each paragraph. An empty line ends a paragraph. */
function paragraphs(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll('\n', ' '))
    .join('\n\n');
}

/** The help of commands and topics, on the terminal and in docs/commands.md. */
export class ProgramHelp extends Help {
  protected override CommandHelpClass = WrappedCommandHelp;

  /** As all output: oclif's own way would end with 0 on a full disk. */
  protected override log(...lines: string[]): void {
    printOwn(`${lines.join(' ')}\n`);
  }
}
