import { peerOrDomain, TreatmentCommand } from '../cli/command/treatment-command.ts';
import type { TreatmentOutput } from '../cli/schemas/treatment.ts';

export default class Unblock extends TreatmentCommand<typeof Unblock> {
  static override summary = 'end the block of a peer';
  static override description = `The peer is a stranger afterwards: the relation that the block ended isn't restored.
A block of a domain ends as a whole, not for a single peer: name the domain, '*.DOMAIN'.

Exit code: 0 done, 2 usage, 8 the store can't be written.`;
  static override examples = ['<%= config.bin %> <%= command.id %> mallory.example.net'];
  static override args = peerOrDomain;

  run(): Promise<TreatmentOutput> {
    return this.treat({ blocked: false });
  }
}
