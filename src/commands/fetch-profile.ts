import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/command/base-command.ts';
import { forceFlag, peerFlags } from '../cli/flags/peer-flags.ts';
import { combineExitCodes, type ExitCode } from '../cli/output/exit-codes.ts';
import { usageError } from '../cli/output/output.ts';
import { renderProfile } from '../cli/render/fetch-profile.ts';
import type { InspectedProfile } from '../cli/run/inspect-profiles.ts';
import type { FetchedProfile } from '../federation/peer/profile-api.ts';
import { parseIdTag } from '../protocol/id-tag.ts';

export default class FetchProfile extends BaseCommand<typeof FetchProfile> {
  static override summary = 'show what an identity publishes: name, keys, certificate, timing';
  static override description =
    `Asks https://cl-o.IDTAG/api/me. With --json one object a line, in the order of the names.

Exit code: 0 all fine, 3 a key is broken; else by what failed: 4 network, 5 DNS, 6 TLS, 7 not a profile.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice.example.com',
    '<%= config.bin %> <%= command.id %> alice.example.com bob.example.org --json',
    '<%= config.bin %> <%= command.id %> alice.example.com --out alice.json',
    '<%= config.bin %> <%= command.id %> alice.example.com --save-keys',
  ];
  static override args = {
    idTag: Args.string({
      name: 'IDTAG',
      required: true,
      multiple: true,
      description: 'the identity, or several',
    }),
  };
  static override flags = {
    out: Flags.string({
      char: 'o',
      description: 'write the unchanged answer to this file, for verify-token --key',
      helpValue: 'FILE',
    }),
    force: forceFlag,
    'save-keys': Flags.boolean({ description: "keep the keys in this home's cache: verify-token --offline" }),
    ...peerFlags,
  };

  async run(): Promise<undefined> {
    const { out, network, timeout } = this.flags;
    const idTags = this.args.idTag.map(parseIdTag);
    if (out !== undefined && idTags.length > 1) throw usageError('usage.out', '--out takes the answer of one identity');
    const [{ inspectProfiles, exitCodeOf }, { openHomeDir }, { saveOutput }] = await Promise.all([
      import('../cli/run/inspect-profiles.ts'),
      import('../store/home/home.ts'),
      import('../cli/output/output-file.ts'),
    ]);
    if (this.flags['save-keys']) await openHomeDir(this.home);
    const settings = await this.settings({ network, 'request.timeout': timeout });
    const codes = new Set<ExitCode>();
    const errors = new Set<string>();
    const inspect = () =>
      inspectProfiles({ home: this.home, settings, idTags, observer: this.observer }, async (item) => {
        codes.add(exitCodeOf(item));
        if ('error' in item) errors.add(item.error.code);
        await this.#show(item);
      });
    const save = (path: string) => saveOutput(path, this.flags, inspect, ([profile]) => profile?.raw);
    const fetched = await (out === undefined ? inspect() : save(out));
    if (out !== undefined && fetched.length > 0) this.talk(`saved to ${out}`);
    if (this.flags['save-keys'] && fetched.length > 0) await this.#saveKeys(fetched);
    this.verdict(combineExitCodes(codes), errors);
  }

  async #show(item: InspectedProfile): Promise<void> {
    const found = 'error' in item ? { ...item, error: this.pasteable(item.error) } : item;
    await this.record('error' in found ? found : found.report);
    if ('error' in found) this.explain(found.error);
    else this.print(renderProfile(found.report, Date.now() / 1000, this.colors));
  }

  async #saveKeys(fetched: FetchedProfile[]): Promise<void> {
    const profiles = fetched.map(({ profile, etag }) => ({ ...profile, ...(etag && { etag }) }));
    const { keys } = await this.operate('saveKeys', { profiles });
    this.talk(`kept ${keys} ${keys === 1 ? 'key' : 'keys'} in ${this.home}`);
  }
}
