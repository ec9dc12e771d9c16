import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';
import { futureTimeFlag } from '../../cli/flags/time-flag.ts';
import { assertSecretOutput, intoSecretFile, secretOutputFlags } from '../../cli/output/secret-output.ts';
import { renderToken } from '../../cli/render/access.ts';
import type { TokenOutput } from '../../cli/schemas/token-create.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import type { CreatedToken } from '../../services/auth/create-script-token.ts';

export default class TokenCreate extends BaseCommand<typeof TokenCreate> {
  static override summary = "make an owner's access token for a script";
  static override description =
    `The token is for the API of this instance (Authorization: Bearer …), with all rights of the owner or, with --scope, for one
file. It ends when its time is up, when the password changes, or when the owner logs out.
Only the token is written to stdout. With --json it needs --out.

Exit code: 0 done; 2 the scope or the time is not valid; 8 there is no such identity.`;
  static override examples = [
    'curl -H "Authorization: Bearer $(<%= config.bin %> <%= command.id %>)" https://cl-o.alice.example.com/api/profiles',
    '<%= config.bin %> <%= command.id %> --as alice.example.com --expires 12h --out token.txt',
    '<%= config.bin %> <%= command.id %> --scope file:f1~AbC…:R --expires 10m',
  ];
  static override flags = {
    as: asFlag,
    scope: Flags.string({
      description: 'limit the rights to one file: to read, comment or write',
      helpValue: 'file:ID:R|C|W',
    }),
    expires: futureTimeFlag({
      description: 'when it ends: ISO 8601, unix seconds, or a time from now such as 12h; a year at most [default: 1h]',
    }),
    ...secretOutputFlags,
  };

  async run(): Promise<TokenOutput | undefined> {
    const { as, scope, expires: expiresAt, out, force } = this.flags;
    assertSecretOutput(this.jsonEnabled(), out, 'A token');
    const make = () => this.operate('createAccessToken', { as, scope, expiresAt });
    if (out === undefined) {
      const made = await make();
      await this.output.write(`${made.token}\n`);
      this.talk(renderToken(shown(made), null, this.talkColors));
      return undefined;
    }
    const { made, file } = await intoSecretFile({ out, force }, make, ({ token }) => token);
    this.print(renderToken(shown(made), file, this.colors));
    return { ...shown(made), file };
  }
}

/** The fields without the token. */
function shown({ token: _, expiresAt, ...facts }: CreatedToken): Omit<TokenOutput, 'file'> {
  return { ...facts, expiresAt: isoTime(expiresAt) };
}
