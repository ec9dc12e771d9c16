import { TreatmentCommand } from '../cli/command/treatment-command.ts';
import type { TreatmentOutput } from '../cli/schemas/treatment.ts';

export default class Block extends TreatmentCommand<typeof Block> {
  static override summary = 'block a peer: take nothing from it, and send it nothing';
  static override description =
    `What it sends is refused, and it reads what everybody may read. The relation ends on this side.
Deliveries to it that wait are dropped. It isn't told. Blocking again is a success without a change.

Exit code: 0 done, 2 usage, 8 the store can't be written.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> mallory.example.net',
    '<%= config.bin %> <%= command.id %> mallory.example.net --as alice.example.com --json',
  ];

  run(): Promise<TreatmentOutput> {
    return this.treat({ blocked: true });
  }
}
