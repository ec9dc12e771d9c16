import { TreatmentCommand } from '../cli/command/treatment-command.ts';
import type { TreatmentOutput } from '../cli/schemas/treatment.ts';

export default class Mute extends TreatmentCommand<typeof Mute> {
  static override summary = 'mute a peer: accept its actions, and do not show them live';
  static override description =
    `The peer's actions are stored, and "actions" lists them. "watch" and the bus don't show them. Relations stay. The peer isn't told.

Exit code: 0 done, 2 usage, 8 the store can't be written.`;
  static override examples = ['<%= config.bin %> <%= command.id %> bob.example.org'];

  run(): Promise<TreatmentOutput> {
    return this.treat({ muted: true });
  }
}
