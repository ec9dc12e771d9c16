import { BaseCommand } from '../cli/command/base-command.ts';
import { expectArgs, expectationOf, expectFlags } from '../cli/flags/expect-flags.ts';
import { isTerminal } from '../cli/output/sink.ts';
import { expectationSuite, renderCame, writeCame } from '../cli/render/expectation.ts';
import { describeExpectation } from '../cli/run/run-expectation.ts';

/** A report has so many of what came. */
const MOST_CAME = 100;

export default class Expect extends BaseCommand<typeof Expect> {
  static override summary = 'check that an action arrives here, is refused here, or does not come';
  static override description =
    `Watches what the server of this home takes in, of peers only, and prints what fits, one line an action.

Exit code: 0 it came; 9 it did not come in time; 3 with --none when it came, or when it came and was refused without --refused;
8 no server serves this home, or it stopped.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> FLLW --issuer bob.example.org --within 10s',
    "<%= config.bin %> <%= command.id %> POST --content '*release*' --count 2 --since 1m --json",
    '<%= config.bin %> <%= command.id %> MSG --issuer mallory.example.org --refused',
    '<%= config.bin %> <%= command.id %> POST --none --within 5s --report junit=expect.xml',
  ];
  static override args = expectArgs;
  static override flags = expectFlags;

  async run(): Promise<undefined> {
    const expectation = expectationOf(this.args, this.flags);
    const { runExpectation } = await import('../cli/run/run-expectation.ts');
    const startedAt = Date.now();
    const came: string[] = [];
    const suite = (error?: unknown) => expectationSuite(expectation, startedAt, came, error);
    try {
      await runExpectation(this.home, expectation, {
        onReady: () => this.#sayReady(`waiting for ${describeExpectation(expectation)}`),
        write: async (one) => {
          if (this.wantsResults && came.length < MOST_CAME) came.push(renderCame(one));
          await writeCame(one, this.output, this.jsonEnabled());
        },
      });
    } catch (error) {
      this.result(() => suite(error), error);
      throw error;
    }
    this.result(() => suite());
  }

  /** A person is told that it waits. A log has enough of what came. */
  #sayReady(text: string): void {
    if (isTerminal(2)) this.talk(`${text}; Ctrl-C ends it`);
    else this.detail(text);
  }
}
