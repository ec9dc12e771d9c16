import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';
import type { PasswordOutput } from '../../cli/schemas/password-set.ts';

export default class PasswordClear extends BaseCommand<typeof PasswordClear> {
  static override summary = 'remove the password: nobody can sign in with it';
  static override description = `All sessions end. API keys and signing keys stay.

Exit code: 0 removed; 8 there is no such identity, or the home can't be written.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --as alice.example.com',
  ];
  static override flags = { as: asFlag };

  async run(): Promise<PasswordOutput> {
    const output = await this.operate('clearPassword', { as: this.flags.as });
    const { idTag, replaced } = output;
    const name = this.colors.bold(idTag);
    this.print(replaced ? `${this.colors.green('Removed')} the password of ${name}` : `${name} had no password`);
    return output;
  }
}
