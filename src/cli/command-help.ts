import { CommandHelp, Help } from '@oclif/core/help';

/** oclif's help of a command, with a description that fits the terminal. */
class WrappedCommandHelp extends CommandHelp {
  /** Without the summary, which stands above already; paragraphs are wrapped anew, not line by line as in the source. */
  protected override description(): string | undefined {
    const { description } = this.command;
    return description ? this.wrap(paragraphs(this.render(description))) : undefined;
  }
}

/** One line a paragraph: an empty line ends it. */
function paragraphs(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll('\n', ' '))
    .join('\n\n');
}

/** The help of commands and topics: on the terminal, and in docs/commands.md. */
export class ProgramHelp extends Help {
  protected override CommandHelpClass = WrappedCommandHelp;
}
