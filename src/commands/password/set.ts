import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';
import { askPassword, passwordIn } from '../../cli/input/new-password.ts';
import type { PasswordOutput } from '../../cli/schemas/password-set.ts';

export default class PasswordSet extends BaseCommand<typeof PasswordSet> {
  static override summary = 'set the password with which the owner signs in';
  static override description =
    `On a terminal it asks twice. A script gives the password in the first line of a file or of stdin, never as an argument, which
others could read in the process list. It has at least eight characters. Only its scrypt hash is stored.
All sessions end; API keys stay.

Exit code: 0 set; 2 the password is too short or missing; 8 there is no such identity, or the home can't be written.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --as alice.example.com --password-file password.txt',
    'pass show alice | <%= config.bin %> <%= command.id %> --password-file -',
  ];
  static override flags = {
    as: asFlag,
    'password-file': Flags.string({
      description: 'file with the password on its first line; - for stdin',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<PasswordOutput> {
    const { as } = this.flags;
    const output = await this.operate('setPassword', { as, password: await this.#password() });
    const { idTag, replaced } = output;
    this.print(`${this.colors.green(replaced ? 'Changed' : 'Set')} the password of ${this.colors.bold(idTag)}`);
    return output;
  }

  async #password(): Promise<string> {
    const { as, 'password-file': file } = this.flags;
    if (file !== undefined) return passwordIn(file);
    return askPassword(await this.prompts('--password-file', 'The password'), as);
  }
}
