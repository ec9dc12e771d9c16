import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';
import { shownApiKey } from '../../cli/output/shown-api-key.ts';
import type { RevokedApiKeyOutput } from '../../cli/schemas/api-key-revoke.ts';

export default class ApiKeyRevoke extends BaseCommand<typeof ApiKeyRevoke> {
  static override summary = 'revoke an API key and its access tokens';
  static override description = `Its access tokens are refused from the next request on.

Exit code: 0 revoked; 2 several keys begin like that; 8 there is no such key or identity.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> 3',
    '<%= config.bin %> <%= command.id %> cl_Zm9vYmFy --as alice.example.com',
  ];
  static override args = {
    key: Args.string({ name: 'KEY', required: true, description: 'the number of the key, or its beginning: cl_…' }),
  };
  static override flags = { as: asFlag };

  async run(): Promise<RevokedApiKeyOutput> {
    const { idTag, revoked } = await this.operate('revokeApiKey', { as: this.flags.as, key: this.args.key });
    const { keyId, keyPrefix } = revoked;
    this.print(`${this.colors.green('Revoked')} API key ${this.colors.bold(keyId)} (${keyPrefix}…) of ${idTag}`);
    return { idTag, revoked: shownApiKey(revoked) };
  }
}
