import { Args, type Command } from '@oclif/core';
import { asFlag } from '../flags/flags.ts';
import { renderStanding } from '../render/standing.ts';
import type { StandingOutput } from '../schemas/standing.ts';
import { BaseCommand } from './base-command.ts';

/** What the commands that block and mute have in common. */
export abstract class StandingCommand<T extends typeof Command> extends BaseCommand<T> {
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, description: 'the peer' }),
  };
  static override flags = { as: asFlag };

  protected async treat(wanted: { blocked?: boolean; muted?: boolean }): Promise<StandingOutput> {
    const { idTag } = this.args as { idTag: string };
    const { as } = this.flags as { as?: string };
    const result = await this.operate('setStanding', { as, peer: idTag, ...wanted });
    this.print(renderStanding(result, wanted));
    return result;
  }
}
