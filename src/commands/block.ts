import { peerOrDomain, TreatmentCommand } from '../cli/command/treatment-command.ts';
import type { TreatmentOutput } from '../cli/schemas/treatment.ts';

export default class Block extends TreatmentCommand<typeof Block> {
  static override summary = 'block a peer: refuse its actions, and send it nothing';
  static override description =
    `The peer's actions are refused, and it reads what a guest may read. The relation ends on this side.
Queued deliveries to the peer are dropped. The peer isn't told. Blocking it again is a success without a change.
'*.DOMAIN' blocks a domain and everything below it, whoever is there now or comes later.

Exit code: 0 done, 2 usage, 8 the store can't be written.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> mallory.example.net',
    '<%= config.bin %> <%= command.id %> mallory.example.net --as alice.example.com --json',
    "<%= config.bin %> <%= command.id %> '*.bad.example'",
  ];
  static override args = peerOrDomain;

  run(): Promise<TreatmentOutput> {
    return this.treat({ blocked: true });
  }
}
