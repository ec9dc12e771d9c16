import { BaseCommand } from '../cli/command/base-command.ts';
import { claimsFromFlags, signFlags } from '../cli/flags/sign-flags.ts';
import { keyPassphrase } from '../cli/input/key-passphrase.ts';
import type { SignTokenOutput } from '../cli/schemas/sign-token.ts';
import { systemClock } from '../services/runtime/system-clock.ts';

export default class SignToken extends BaseCommand<typeof SignToken> {
  static override summary = 'sign an action token and print it; nothing is sent or stored';
  static override description =
    "Signs with the newest key of the identity. Claims that a receiver would refuse aren't signed, except with --no-check.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> --type FLLW --audience bob.example.org',
    '<%= config.bin %> <%= command.id %> --type PROXY --audience bob.example.org --expires 60s',
    '<%= config.bin %> <%= command.id %> --type POST:TEXT --content @post.txt --visibility P --as alice.example.com',
  ];
  static override flags = signFlags;

  async run(): Promise<SignTokenOutput> {
    const [{ openHomeDir }, { createIdentities }, { createSigner }, { actingTenant: ownIdentity }, { signToken }] =
      await Promise.all([
        import('../store/home/home.ts'),
        import('../store/identities/identities.ts'),
        import('../services/keys/sign.ts'),
        import('../services/runtime/acting-tenant.ts'),
        import('../services/keys/sign-token.ts'),
      ]);
    await openHomeDir(this.home);
    const { keys } = await this.settings();
    const identities = createIdentities(this.home, { allowGroupReadable: keys.groupReadable });
    const { idTag } = await ownIdentity(identities, this.flags.as);
    const passphrase = () => keyPassphrase(this.flags['passphrase-file']);
    const signer = createSigner({ identities, clock: systemClock, passphrase });
    const claims = await claimsFromFlags(this.flags, Math.floor(Date.now() / 1000));
    const signed = await signToken({ signer }, { as: idTag, claims, check: this.flags.check });
    this.print(signed.token);
    return signed;
  }
}
