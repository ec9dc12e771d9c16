import { TreatmentCommand } from '../cli/command/treatment-command.ts';
import type { TreatmentOutput } from '../cli/schemas/treatment.ts';

export default class Mute extends TreatmentCommand<typeof Mute> {
  static override summary = 'hear nothing live from a peer, and change nothing else';
  static override description =
    `What it sends is kept as before and listed by "actions", and isn't shown live. Relations stay. It isn't told.

Exit code: 0 done, 2 usage, 8 the store can't be written.`;
  static override examples = ['<%= config.bin %> <%= command.id %> bob.example.org'];

  run(): Promise<TreatmentOutput> {
    return this.treat({ muted: true });
  }
}
