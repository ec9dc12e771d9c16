/** The base of `follow` and `unfollow`. */
import * as Args from '@oclif/core/args';
import { followFlags, requestLimits } from '../flags/follow-flags.ts';
import { followExitCode, withAdvice } from '../output/follow-outcome.ts';
import { renderFollow, type Verb } from '../render/follow.ts';
import { stageLine } from '../render/stages.ts';
import type { FollowOutput } from '../schemas/follow.ts';
import { BaseCommand } from './base-command.ts';
import type { Command } from './command.ts';

/** The base of `follow` and `unfollow`, which differ in the operation only. */
export abstract class FollowCommand<T extends typeof Command> extends BaseCommand<T> {
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, description: 'the peer' }),
  };
  static override flags = followFlags;

  protected async perform(verb: Verb): Promise<FollowOutput> {
    const { as, sync, preflight, network, timeout, 'dry-run': dryRun } = this.flags as FollowFlags;
    const { idTag: peer } = this.args as { idTag: string };
    const input = { peer, as, sync, preflight, dryRun, ...requestLimits({ network, timeout }) };
    const result = await this.operate(
      verb,
      input,
      (event) => {
        const line = stageLine(event, this.talkColors);
        if (line !== null) this.talk(line);
      },
      { network, 'request.timeout': timeout },
    );
    const output = withAdvice(result, this.given);
    this.print(renderFollow(output, verb, Date.now() / 1000, this.colors));
    if (output.error) this.explain(output.error);
    this.verdict(followExitCode(output));
    return output;
  }
}

interface FollowFlags {
  as?: string;
  sync: boolean;
  preflight: boolean;
  'dry-run': boolean;
  network?: string;
  timeout?: number;
}
