import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { sandboxDirectory } from '../../cli/flags/sandbox-directory.ts';
import { sandboxUpFlags } from '../../cli/flags/sandbox-up-flags.ts';
import { programWords } from '../../cli/process/program.ts';
import { firstCommands, renderReady } from '../../cli/render/sandbox.ts';
import type { SandboxUpOutput } from '../../cli/schemas/sandbox-up.ts';
import { shellWord } from '../../protocol/shell-word.ts';

export default class SandboxUp extends BaseCommand<typeof SandboxUp> {
  static override summary = 'run a federation on this machine: DNS, certificates, a server for each identity';
  static override description =
    `Makes a home for each identity, or uses those in the directory, and starts a server for each.
Identities joined with commas share a home and a server. Stays until Ctrl-C; with --detach it returns when
everything answers. Needs no root, no port 443, no Internet.
Every command works with --home DIR/homes/IDTAG: the homes share a network setting.

Exit code: 0 stopped in order, 1 a server failed, 2 usage, 4 a port is taken, 8 one runs here already.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice.test bob.test',
    '<%= config.bin %> <%= command.id %> alice.test,anna.test bob.test',
    '<%= config.bin %> <%= command.id %> --detach --json',
    '<%= config.bin %> <%= command.id %> alice.test --detach --ephemeral --json',
    '<%= config.bin %> <%= command.id %> alice.test bob.test --addresses 127.0.0.0/24',
    '<%= config.bin %> <%= command.id %> alice.test --member carol.test=127.0.0.1:9443',
  ];
  static override args = {
    idTag: Args.string({
      name: 'IDTAG',
      multiple: true,
      description: 'the identities; those with a comma between them (A,B) share a server; earlier ones stay',
    }),
  };
  static override flags = sandboxUpFlags;

  async run(): Promise<undefined> {
    const { flags } = this;
    const idTags = this.args.idTag ?? [];
    const [run, { parseMember }, { parseAddressRange }] = await Promise.all([
      import('../../cli/run/sandbox-run.ts'),
      import('../../sandbox/members/plan-members.ts'),
      import('../../sandbox/network/address-range.ts'),
    ]);
    const members = (flags.member ?? []).map(parseMember);
    const temporary = flags.ephemeral && flags.dir === undefined;
    const place = async () => (temporary ? run.temporaryDirectory() : sandboxDirectory(flags.dir));
    const { port, 'dns-port': dnsPort, ephemeral } = flags;
    if (flags.detach) {
      const directory = await place();
      const ports = ['--port', String(port), '--dns-port', String(dnsPort)];
      const range = flags.addresses === undefined ? [] : ['--addresses', flags.addresses];
      const foreign = (flags.member ?? []).flatMap((member) => ['--member', member]);
      const words = [...idTags, ...ports, ...range, ...foreign];
      this.#announce(await run.detachSandbox(directory, words, { ephemeral }));
      const down = `${programWords()} sandbox down --dir ${shellWord(directory)}`;
      this.talk(`It runs in the background. Stop it${ephemeral ? ' and delete it' : ''} with: ${down}`);
      return undefined;
    }
    // From here on a signal undoes what was begun.
    const stop = this.stopSignal();
    stop.addEventListener('abort', () => this.talk('Stopping …'), { once: true });
    const directory = await place();
    const addresses = flags.addresses === undefined ? undefined : parseAddressRange(flags.addresses);
    await run.runSandbox({ directory, idTags, members, port, dnsPort, addresses, ephemeral }, stop, {
      ready: (sandbox) => {
        this.#announce(sandbox);
        this.talk('Ctrl-C stops it.');
        return undefined;
      },
      ended: (end) => this.talk(this.talkColors.yellow(run.describeEnd(end))),
    });
    return undefined;
  }

  #announce(sandbox: SandboxUpOutput): void {
    if (this.jsonEnabled()) this.output.json(sandbox);
    else this.print(renderReady(sandbox, this.colors, firstCommands(sandbox, programWords())));
  }
}
