import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';
import { futureTimeFlag } from '../../cli/flags/time-flag.ts';
import { assertSecretOutput, intoSecretFile, secretOutputFlags } from '../../cli/output/secret-output.ts';
import { shownApiKey } from '../../cli/output/shown-api-key.ts';
import { renderNewApiKey } from '../../cli/render/access.ts';
import type { NewApiKeyOutput } from '../../cli/schemas/api-key-create.ts';

export default class ApiKeyCreate extends BaseCommand<typeof ApiKeyCreate> {
  static override summary = 'make an API key, which programs exchange for access tokens';
  static override description =
    `The key is shown once: only its hash is stored. A program exchanges it at GET /api/auth/access-token?apiKey=…
Only the key is written to stdout. With --json it needs --out.

Exit code: 0 done; 2 the scope or the time is not valid, or the identity has a hundred keys; 8 there is no such identity.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --name backup > backup.key',
    '<%= config.bin %> <%= command.id %> --name ci --expires 90d --out ci.key --json',
    '<%= config.bin %> <%= command.id %> --scope file:f1~AbC…:R',
  ];
  static override flags = {
    as: asFlag,
    name: Flags.string({ description: 'a name to recognise it by', helpValue: 'TEXT' }),
    scope: Flags.string({
      description: 'limit the rights to one file: to read, comment or write',
      helpValue: 'file:ID:R|C|W',
    }),
    expires: futureTimeFlag({
      description: 'when it ends: ISO 8601, unix seconds, or a time from now such as 90d [default: never]',
    }),
    ...secretOutputFlags,
  };

  async run(): Promise<NewApiKeyOutput | undefined> {
    const { as, name, scope: scopes, expires: expiresAt, out, force } = this.flags;
    assertSecretOutput(this.jsonEnabled(), out, 'An API key');
    const make = () => this.operate('createApiKey', { as, name, scopes, expiresAt });
    if (out === undefined) {
      const made = await make();
      await this.output.write(`${made.plaintextKey}\n`);
      this.talk(renderNewApiKey({ idTag: made.idTag, ...shownApiKey(made) }, null, this.talkColors));
      return undefined;
    }
    const { made, file } = await intoSecretFile({ out, force }, make, ({ plaintextKey }) => plaintextKey);
    const output = { idTag: made.idTag, ...shownApiKey(made) };
    this.print(renderNewApiKey(output, file, this.colors));
    return { ...output, file };
  }
}
