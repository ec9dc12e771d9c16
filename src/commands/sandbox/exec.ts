import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { sandboxUpFlags } from '../../cli/flags/sandbox-up-flags.ts';
import { usageError } from '../../cli/output/output.ts';

const EXAMPLE = 'cloudillo sandbox exec alice.test bob.test -- ./test.sh';

export default class SandboxExec extends BaseCommand<typeof SandboxExec> {
  static override summary = 'run a command in a fresh federation, and remove that afterwards';
  static override description =
    `Starts a server for each identity, as "sandbox up --ephemeral" does, and runs the command after -- on this terminal. It gets signals.
In its environment: CLOUDILLO_HOME (of the first identity) and CLOUDILLO_NETWORK, so that cloudillo works without flags;
SANDBOX_HOMES (a home is $SANDBOX_HOMES/IDTAG), SANDBOX_NETWORK, SANDBOX_CA, SANDBOX_DNS, SANDBOX_DIR, NODE_EXTRA_CA_CERTS.
This cloudillo is the first one in its PATH.

Exit code: that of the command, 128 and more for a signal; 2 when it can't be started; 1, 4, 8 when the federation can't.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice.test bob.test -- ./test.sh',
    '<%= config.bin %> <%= command.id %> alice.test,anna.test bob.test -- cloudillo follow bob.test --as anna.test',
  ];
  static override args = {
    idTag: Args.string({
      name: 'IDTAG',
      multiple: true,
      description: 'the identities; those with a comma between them share a server; then -- and the command',
    }),
  };

  static override flags = { addresses: sandboxUpFlags.addresses, member: sandboxUpFlags.member };

  async run(): Promise<undefined> {
    const dashes = this.argv.indexOf('--');
    const [program, ...words] = dashes === -1 ? [] : this.argv.slice(dashes + 1);
    const given = this.args.idTag ?? [];
    const idTags = program === undefined ? given : given.slice(0, given.length - words.length - 1);
    if (program === undefined) throw usageError('usage.missing', 'The command is missing: it stands after --', EXAMPLE);
    if (idTags.length === 0) throw usageError('usage.missing', 'The identity is missing', EXAMPLE);
    const [{ sandboxExec }, { parseMember }, { parseAddressRange }] = await Promise.all([
      import('../../cli/run/sandbox-exec.ts'),
      import('../../sandbox/members/plan-members.ts'),
      import('../../sandbox/network/address-range.ts'),
    ]);
    const { addresses: range, member = [] } = this.flags;
    const addresses = range === undefined ? undefined : parseAddressRange(range);
    const wanted = { idTags, members: member.map(parseMember), addresses };
    const onServerEnd = (text: string) => this.talk(this.talkColors.yellow(text));
    process.exitCode = await sandboxExec({
      ...wanted,
      command: [program, ...words],
      stop: this.stopSignal(),
      onServerEnd,
    });
  }
}
