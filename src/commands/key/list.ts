import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';
import { keyFormFlag } from '../../cli/flags/keygen-flags.ts';
import { publicKeyIn } from '../../cli/output/public-key-form.ts';
import { renderKeyList } from '../../cli/render/keygen.ts';
import type { KeyListOutput } from '../../cli/schemas/keygen.ts';

export default class KeyList extends BaseCommand<typeof KeyList> {
  static override summary = 'list the keys of an identity';
  static override description = `Lists signing, published, expired and revoked keys. Public keys are shown with --form.

Exit code: 0 done; 2 usage; 8 there is no such identity.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --as alice.example.com --form pem',
  ];
  static override flags = { as: asFlag, form: keyFormFlag() };

  async run(): Promise<KeyListOutput> {
    const { as, form } = this.flags;
    const { idTag, keys } = await this.operate('listKeys', { as });
    const output = { idTag, keys: keys.map((key) => ({ ...key, publicKey: publicKeyIn(form, key.publicKey) })) };
    this.print(renderKeyList(output, form !== undefined, Date.now(), this.colors));
    return output;
  }
}
