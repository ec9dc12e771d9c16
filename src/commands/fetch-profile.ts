import { Args, Flags } from '@oclif/core';
import { BaseCommand, reportError } from '../cli/base-command.ts';
import { combineExitCodes, EXIT, type ExitCode, exitCodeFor } from '../cli/exit-codes.ts';
import type { InspectedProfile } from '../cli/inspect-profiles.ts';
import { usageError } from '../cli/output.ts';
import { forceFlag, peerFlags } from '../cli/peer-flags.ts';
import { renderProfile } from '../cli/render/fetch-profile.ts';
import type { FetchedProfile } from '../federation/profile-api.ts';
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
      ignoreStdin: true,
      name: 'IDTAG',
      required: true,
      multiple: true,
      description: 'the identity, or several',
    }),
  };
  static override flags = {
    out: Flags.string({
      description: 'write the answer as it came to this file: verify-token --key',
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
    const [{ openPeer }, { inspectProfiles }] = await Promise.all([
      import('../cli/open-peer.ts'),
      import('../cli/inspect-profiles.ts'),
    ]);
    const peer = await openPeer(this.home, await this.settings({ network, 'request.timeout': timeout }));
    const codes = new Set<ExitCode>();
    const fetched: FetchedProfile[] = [];
    try {
      await inspectProfiles(peer.api, idTags, async (item) => {
        codes.add(await this.#show(item));
        if ('fetched' in item) fetched.push(item.fetched);
      });
    } finally {
      await peer.close();
    }
    if (out !== undefined && fetched[0]) {
      const { writeOutputFile } = await import('../cli/output-file.ts');
      await writeOutputFile(out, fetched[0].raw, this.flags);
      this.talk(`saved to ${out}`);
    }
    if (this.flags['save-keys'] && fetched.length > 0) await this.#saveKeys(fetched);
    this.verdict(combineExitCodes(codes));
  }

  async #show(item: InspectedProfile): Promise<ExitCode> {
    if ('error' in item) {
      if (this.jsonEnabled()) await this.record(item);
      else reportError(item.error, false, this.flags['no-color']);
      return exitCodeFor(item.error.code);
    }
    await this.record(item.report);
    this.print(renderProfile(item.report, Date.now() / 1000, this.colors));
    return item.report.keys.every((key) => key.usable) ? EXIT.done : EXIT.failed;
  }

  async #saveKeys(fetched: FetchedProfile[]): Promise<void> {
    const profiles = fetched.map(({ profile, etag }) => ({ ...profile, ...(etag && { etag }) }));
    const { keys } = await this.operate('saveKeys', { profiles });
    this.talk(`kept ${keys} ${keys === 1 ? 'key' : 'keys'} in ${this.home}`);
  }
}
