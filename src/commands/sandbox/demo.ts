import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { programWords } from '../../cli/process/program.ts';
import { renderReady } from '../../cli/render/sandbox.ts';
import type { DemoOutput } from '../../cli/schemas/sandbox-demo.ts';
import type { SandboxUpOutput } from '../../cli/schemas/sandbox-up.ts';

export default class SandboxDemo extends BaseCommand<typeof SandboxDemo> {
  static override summary = 'watch one identity follow another, over real DNS, TLS and the wire protocol';
  static override description =
    `Starts alice.test and bob.test in a temporary directory, runs real commands against them, and stays up
for experiments until Ctrl-C. Nothing is left behind.

Exit code: 0 all steps succeeded, 3 a step failed, 1 a server failed.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --once --json',
  ];
  static override flags = {
    once: Flags.boolean({ description: 'end after the last step' }),
  };

  async run(): Promise<undefined> {
    const [{ runSandbox, temporaryDirectory }, { DEMO_IDENTITIES }] = await Promise.all([
      import('../../cli/run/sandbox-run.ts'),
      import('../../sandbox/lifecycle/demo.ts'),
    ]);
    const stop = this.stopSignal();
    const directory = await temporaryDirectory();
    const request = { directory, idTags: DEMO_IDENTITIES, members: [], port: 0, dnsPort: 0, ephemeral: true };
    await runSandbox(request, stop, {
      ready: (sandbox) => this.#demonstrate(sandbox),
      ended: () => {},
    });
    return undefined;
  }

  /** Runs the demonstration. @returns true when the sandbox is to stay up */
  async #demonstrate(sandbox: SandboxUpOutput): Promise<boolean> {
    const [{ demoCommands, demoSteps, runDemo }, { runForEyes, runForOutput }] = await Promise.all([
      import('../../sandbox/lifecycle/demo.ts'),
      import('../../cli/run/sandbox-demo.ts'),
    ]);
    if (this.jsonEnabled()) this.output.json(sandbox);
    const { bold, dim, green } = this.colors;
    await runDemo(demoSteps(sandbox), this.jsonEnabled() ? runForOutput : runForEyes, {
      before: ({ title }, words) => this.print(['', bold(title), dim(`$ ${programWords()} ${words}`)]),
      after: (result: DemoOutput) => {
        if (this.jsonEnabled()) this.output.json(result);
      },
    });
    this.print(['', `${green('✓')} Everything worked.`]);
    if (this.flags.once) return false;
    this.print(['', ...renderReady(sandbox, this.colors, demoCommands(sandbox, programWords()))]);
    this.talk('Ctrl-C stops it and leaves nothing behind.');
    return true;
  }
}
