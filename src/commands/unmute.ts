import { TreatmentCommand } from '../cli/command/treatment-command.ts';
import type { TreatmentOutput } from '../cli/schemas/treatment.ts';

export default class Unmute extends TreatmentCommand<typeof Unmute> {
  static override summary = 'end the mute of a peer';
  static override description = "Exit code: 0 done, 2 usage, 8 the store can't be written.";
  static override examples = ['<%= config.bin %> <%= command.id %> bob.example.org'];

  run(): Promise<TreatmentOutput> {
    return this.treat({ muted: false });
  }
}
