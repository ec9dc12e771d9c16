/** The base of commands that block and mute. */
import * as Args from '@oclif/core/args';
import { asFlag } from '../flags/flags.ts';
import { renderTreatment } from '../render/treatment.ts';
import type { TreatmentOutput } from '../schemas/treatment.ts';
import { BaseCommand } from './base-command.ts';
import type { Command } from './command.ts';

/** The argument of commands that take domains, too. */
export const peerOrDomain = {
  idTag: Args.string({ name: 'IDTAG', required: true, description: "the peer, or '*.DOMAIN' for a domain" }),
};

/** The base of `block`, `unblock`, `mute` and `unmute`. */
export abstract class TreatmentCommand<T extends typeof Command> extends BaseCommand<T> {
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, description: 'the peer' }),
  };
  static override flags = { as: asFlag };

  protected async treat(wanted: { blocked?: boolean; muted?: boolean }): Promise<TreatmentOutput> {
    const { idTag } = this.args as { idTag: string };
    const { as } = this.flags as { as?: string };
    const result = await this.operate('setTreatment', { as, peer: idTag, ...wanted });
    this.print(renderTreatment(result, wanted));
    return result;
  }
}
