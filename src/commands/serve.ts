import { BaseCommand } from '../cli/command/base-command.ts';
import type { ExpectationRun } from '../cli/flags/expect-flags.ts';
import { serveFlags } from '../cli/flags/serve-flags.ts';
import { writeReady } from '../cli/process/ready-fd.ts';
import { preferSmallHeapWhenQuiet } from '../cli/process/small-heap.ts';
import { sizeThreadPool } from '../cli/process/thread-pool.ts';
import type { ServeOutput } from '../cli/schemas/serve.ts';
import { serveStop } from '../cli/serve/serve-stop.ts';

export default class Serve extends BaseCommand<typeof Serve> {
  static override summary = 'serve the identities of this home to the network';
  static override description =
    `Speaks HTTPS with the given certificate files and reads them again when they change. SIGHUP reads them and the settings again.
Binds loopback unless --host says otherwise. Logs go to standard error: JSON, or readable text on a terminal.
SIGTERM and SIGINT stop it gracefully (exit code 0); a second one ends it at once. With --expect: the exit code of expect.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --host 0.0.0.0 --port 443 --tls-cert chain.pem --tls-key key.pem',
    '<%= config.bin %> <%= command.id %> --host 0.0.0.0 --port 443 --acme --acme-agree',
    '<%= config.bin %> <%= command.id %> --behind-proxy --trusted-proxy 127.0.0.1 --port 8080',
    '<%= config.bin %> <%= command.id %> --plain-http --port 0 --json',
    "<%= config.bin %> <%= command.id %> --expect 'FLLW --issuer bob.example.org --within 1m'",
  ];
  static override flags = serveFlags;

  /** Each request is a trace of its own. */
  protected override readonly isServer = true;

  async run(): Promise<ServeOutput | undefined> {
    sizeThreadPool(process.env, 1);
    preferSmallHeapWhenQuiet();
    const { serveHome } = await import('../cli/serve/serve-home.ts');
    const { flags } = this;
    const expectation = await this.#expectation();
    const logLevel = flags.quiet ? ('error' as const) : flags.verbose ? ('debug' as const) : undefined;
    const options = {
      settings: {
        'listen.host': flags.host,
        'listen.port': flags.port,
        'tls.cert': flags['tls-cert'],
        'tls.key': flags['tls-key'],
        'acme.enabled': flags.acme,
        'acme.agree': flags['acme-agree'],
        'acme.directory': flags['acme-directory'],
        'acme.httpPort': flags['acme-http'],
        'acme.email': flags['acme-email'],
        'proxy.trusted': flags['trusted-proxy'],
        rateLimits: flags['rate-limits'],
        'keys.groupReadable': flags['allow-group-readable'],
        network: flags.network,
        'log.level': logLevel,
      },
      behindProxy: flags['behind-proxy'],
      plainHttp: flags['plain-http'],
      prettyLog: process.stderr.isTTY === true,
      tracer: this.tracer,
    };
    const stop = serveStop(this.stopSignal(), flags['exit-on-stdin-close']);
    const serve = (until: AbortSignal, onReady = () => {}) =>
      serveHome(this.home, options, until, (ready) => {
        this.#announce(ready);
        onReady();
      });
    if (expectation === undefined) await serve(stop);
    else await this.#serveExpecting(expectation, stop, serve);
    return undefined;
  }

  async #serveExpecting(
    expectation: ExpectationRun,
    stop: AbortSignal,
    serve: (until: AbortSignal, onReady: () => void) => Promise<void>,
  ): Promise<void> {
    const [{ serveExpecting }, { writeCame }] = await Promise.all([
      import('../cli/serve/serve-expecting.ts'),
      import('../cli/render/expectation.ts'),
    ]);
    await serveExpecting(
      this.home,
      expectation,
      stop,
      (came) => writeCame(came, this.output, this.jsonEnabled()),
      serve,
    );
  }

  async #expectation(): Promise<ExpectationRun | undefined> {
    if (this.flags.expect === undefined) return undefined;
    const { expectationIn } = await import('../cli/flags/expect-flags.ts');
    return expectationIn(this.flags.expect);
  }

  #announce(ready: ServeOutput): void {
    if (this.flags['ready-fd'] !== undefined) writeReady(this.flags['ready-fd'], ready);
    if (this.jsonEnabled()) this.output.json(ready);
    // The log says it, too. A JSON log for a machine must not contain this line.
    if (process.stderr.isTTY !== true) return;
    const names = ready.idTags.length > 0 ? ready.idTags.join(', ') : 'no identity yet (cloudillo init)';
    this.talk(`Serving ${names} on ${ready.url}`);
  }
}
