import { BaseCommand } from '../cli/command/base-command.ts';
import { keygenFlags, OLD_KEYS_SIGN_FOR } from '../cli/flags/keygen-flags.ts';
import { keySecrets } from '../cli/input/key-secrets.ts';
import { usageError } from '../cli/output/output.ts';
import { publicKeyIn, publicKeyLines } from '../cli/output/public-key-form.ts';
import * as render from '../cli/render/keygen.ts';
import { saveKey, standaloneKey } from '../cli/run/standalone-key.ts';
import type { KeygenOutput, KeyOutput } from '../cli/schemas/keygen.ts';
import type { KeyView } from '../services/keys/key-view.ts';

export default class Keygen extends BaseCommand<typeof Keygen> {
  static override summary = 'make, rotate, revoke and import P-384 keys';
  static override description =
    `The key is for an identity of the home; with --out or --stdout it is for none, and no home is needed.
A key is never overwritten. A passphrase comes from a file, stdin or the environment, never from the command line.

Exit code: 0 done; 2 usage; 8 the key exists, can't be read, or is the last one that signs.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --as alice.example.com --rotate --expire-old 14d',
    '<%= config.bin %> <%= command.id %> --revoke 250205',
    '<%= config.bin %> <%= command.id %> --rotate --import old-server.pem --key-id 240101',
    '<%= config.bin %> <%= command.id %> --out alice.pem --form jwk',
    '<%= config.bin %> <%= command.id %> --stdout --passphrase-file pass.txt > alice.pem',
  ];
  static override flags = keygenFlags;

  async run(): Promise<KeygenOutput | undefined> {
    const { revoke, out, stdout } = this.flags;
    if (revoke !== undefined) return this.#revoke(revoke);
    return out === undefined && !stdout ? this.#add() : this.#make();
  }

  async #revoke(keyId: string): Promise<KeygenOutput> {
    const result = await this.operate('revokeKey', { as: this.flags.as, keyId, force: this.flags.force });
    const signing = result.signing && this.#shown(result.signing);
    const output = { ...result, revoked: this.#shown(result.revoked), signing };
    this.print(render.renderRevokedKey(output, this.home, this.colors));
    return output;
  }

  async #add(): Promise<KeygenOutput> {
    const { as, rotate, 'expire-old': expireOld = OLD_KEYS_SIGN_FOR, 'key-id': keyId } = this.flags;
    const secrets = await keySecrets(this.flags, (text) => this.talk(text));
    const importPassphrase = secrets.passphrase;
    const result = await this.operate('addKey', { as, rotate, expireOld, keyId, ...secrets, importPassphrase });
    const expiring = result.expiring.map(this.#shown);
    const output = { ...result, added: this.#shown(result.added), expiring };
    this.print(render.renderAddedKey(output, this.colors));
    return output;
  }

  /** Makes a key for no identity. */
  async #make(): Promise<KeygenOutput | undefined> {
    if (this.flags.stdout && this.jsonEnabled()) {
      throw usageError('usage.value', 'A private key is never JSON', 'Leave out --json, or use --out FILE');
    }
    const secrets = await keySecrets(this.flags, (text) => this.talk(text));
    const { privateKeyPem, facts } = standaloneKey(secrets, this.flags.form);
    if (this.flags.out === undefined) {
      await this.output.write(privateKeyPem);
      this.talk([facts.fingerprint, ...publicKeyLines(facts.publicKey)]);
      return undefined;
    }
    const output = await saveKey(this.flags.out, privateKeyPem, facts);
    this.print(render.renderKeyFile(output, this.colors));
    return output;
  }

  #shown = (key: KeyView): KeyOutput => ({ ...key, publicKey: publicKeyIn(this.flags.form, key.publicKey) });
}
