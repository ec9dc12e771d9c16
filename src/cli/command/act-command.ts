/** The base of commands that send or decide about actions. */
import { basename, resolve } from 'node:path';
import type { ActResult } from '../../services/actions/act-result.ts';
import type { DecideInput } from '../../services/actions/decide.ts';
import type { NewAction } from '../../services/actions/new-action.ts';
import type { StageEvent } from '../../services/runtime/deps.ts';
import { requestLimits } from '../flags/follow-flags.ts';
import { isFileId } from '../input/file-id.ts';
import { followExitCode, withAdvice } from '../output/follow-outcome.ts';
import { usageError } from '../output/output.ts';
import { renderAct } from '../render/act.ts';
import { stageLine } from '../render/stages.ts';
import type { ActOutput } from '../schemas/act.ts';
import { BaseCommand } from './base-command.ts';
import type { Command } from './command.ts';

/** The flags that each of these commands has, besides its own. */
interface ActFlags {
  as?: string;
  sync: boolean;
  preflight: boolean;
  'dry-run': boolean;
  network?: string;
  timeout?: number;
}

/** The base of commands that send an action or decide about one. */
export abstract class ActCommand<T extends typeof Command> extends BaseCommand<T> {
  /** Sends an action. @param onOwnWall the audience is the tenant itself */
  protected async say(draft: NewAction, { onOwnWall }: { onOwnWall?: boolean } = {}): Promise<ActOutput> {
    return this.#show(
      await this.operate('sendAction', { ...this.#input(), draft, onOwnWall }, this.#onEvent, this.#settings()),
    );
  }

  protected async decide(decision: DecideInput['decision'], actionId: string): Promise<ActOutput> {
    const input = { ...this.#input(), decision, actionId };
    return this.#show(await this.operate('decide', input, this.#onEvent, this.#settings()));
  }

  protected async relate(how: 'connect' | 'disconnect', peer: string, message?: string): Promise<ActOutput> {
    const input = { ...this.#input(), peer, message };
    return this.#show(await this.operate(how, input, this.#onEvent, this.#settings()));
  }

  /** The IDs of files. Files of this machine are added first. */
  protected async attach(files: readonly string[] = []): Promise<string[]> {
    return (await this.attachTo(files)).attachments;
  }

  /**
   * The same, with the subtype of a post that has them: `IMG` for images only, `VID` for videos only, `TEXT` without files, else
   * none.
   */
  protected async attachTo(files: readonly string[] = []): Promise<{ attachments: string[]; subType: string | null }> {
    const added: { fileId: string; contentType: string }[] = [];
    for (const file of files) added.push(await this.#attached(file));
    const kinds = new Set(added.map(({ contentType }) => contentType.slice(0, contentType.indexOf('/'))));
    const kind = kinds.size === 1 ? [...kinds][0] : undefined;
    const subType = added.length === 0 ? 'TEXT' : kind === 'image' ? 'IMG' : kind === 'video' ? 'VID' : null;
    return { attachments: added.map(({ fileId }) => fileId), subType };
  }

  async #attached(file: string): Promise<{ fileId: string; contentType: string }> {
    if (isFileId(file)) return { fileId: file, contentType: '' };
    if (this.#flags['dry-run']) {
      throw usageError(
        'usage.file',
        `With --dry-run nothing is stored, so ${file} can't be attached`,
        'Add it first, and attach its ID',
      );
    }
    const input = { as: this.#flags.as, path: resolve(file), fileName: basename(file) };
    return this.operate('addFile', input, () => {}, this.#settings());
  }

  get #flags(): ActFlags {
    return this.flags as unknown as ActFlags;
  }

  #input() {
    const { as, sync, preflight, 'dry-run': dryRun, network, timeout } = this.#flags;
    return { as, sync, preflight, dryRun, ...requestLimits({ network, timeout }) };
  }

  #settings() {
    const { network, timeout } = this.#flags;
    return { network, 'request.timeout': timeout };
  }

  readonly #onEvent = (event: StageEvent): void => {
    const line = stageLine(event, this.talkColors);
    if (line !== null) this.talk(line);
  };

  #show(result: ActResult): ActOutput {
    const output = withAdvice(result, this.given);
    this.print(renderAct(output, Date.now() / 1000, this.colors));
    if (output.error) this.explain(output.error);
    this.verdict(followExitCode(output));
    return output;
  }
}
