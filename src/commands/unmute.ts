import { StandingCommand } from '../cli/command/standing-command.ts';
import type { StandingOutput } from '../cli/schemas/standing.ts';

export default class Unmute extends StandingCommand<typeof Unmute> {
  static override summary = 'hear a muted peer again';
  static override description = "Exit code: 0 done, 2 usage, 8 the store can't be written.";
  static override examples = ['<%= config.bin %> <%= command.id %> bob.example.org'];

  run(): Promise<StandingOutput> {
    return this.treat({ muted: false });
  }
}
