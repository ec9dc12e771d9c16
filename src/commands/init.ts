import { isIPv6 } from 'node:net';
import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { initFlags } from '../cli/flags/init-flags.ts';
import { parseAssignments } from '../cli/flags/setting-assignments.ts';
import { askIdTag } from '../cli/input/ask-id-tag.ts';
import { keyPassphrase } from '../cli/input/key-passphrase.ts';
import { usageError } from '../cli/output/output.ts';
import { withHome } from '../cli/output/pasteable-hint.ts';
import { renderInit } from '../cli/render/init.ts';
import type { InitOutput } from '../cli/schemas/init.ts';
import { withoutBrackets } from '../protocol/address-text.ts';
import { parseIdTag } from '../protocol/id-tag.ts';
import { systemClock } from '../services/runtime/system-clock.ts';

export default class Init extends BaseCommand<typeof Init> {
  static override summary = 'create an instance: home directory, identity, first key';
  static override description =
    `On a terminal it asks for missing values. A script gives IDTAG, and --name for another name than the first label.
In an existing home it adds an identity. The output ends with the DNS records to add.

Exit code: 0 created, or it exists and --exist-ok is given; 2 not a usable idTag or setting; 8 it exists, or the home can't be used.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice.example.com --name Alice --address 203.0.113.7',
    '<%= config.bin %> <%= command.id %> club.example.com --type community --yes --exist-ok --json',
    '<%= config.bin %> <%= command.id %> alice.example.com --passphrase-file /run/secrets/key --set listen.port=9443',
    '<%= config.bin %> <%= command.id %> alice.example.com --dry-run',
  ];
  static override args = { idTag: Args.string({ name: 'IDTAG', description: 'the identity: a DNS name of yours' }) };
  static override flags = initFlags;

  async run(): Promise<InitOutput> {
    const { flags, home } = this;
    const settings = parseAssignments(flags.set ?? []);
    for (const { notes } of settings) this.talk(notes);
    const idTag = this.args.idTag ?? (await this.#ask());
    const name = flags.name ?? (await this.#askName(idTag));
    const passphrase = await keyPassphrase(flags['passphrase-file']);
    const { initInstance } = await import('../services/home/init.ts');
    const result = await initInstance(
      { home, clock: systemClock },
      {
        idTag,
        ...(name !== undefined && { name }),
        ...(flags.type && { type: flags.type }),
        ...(passphrase !== undefined && { passphrase }),
        existOk: flags['exist-ok'],
        dryRun: flags['dry-run'],
        address: flags.address ?? [],
        ownNetwork: (await this.settings()).network !== null || settings.some(({ name }) => name === 'network'),
      },
    );
    if (!flags['dry-run']) {
      for (const { name: setting, raw } of settings) await this.operate('setSetting', { name: setting, value: raw });
    }
    const written = Object.fromEntries(settings.map(({ name: setting, value }) => [setting, value]));
    const expect = (flags.address ?? []).map((address) => ` --expect ${withoutBrackets(address)}`).join('');
    const { tls } = await this.settings();
    // `::` takes IPv4 as well.
    const host = flags.address?.some((address) => isIPv6(withoutBrackets(address))) ? '::' : '0.0.0.0';
    const certificate = tls.cert === null ? ` --host ${host} --port 443 --tls-cert chain.pem --tls-key key.pem` : '';
    const next = [`cloudillo dns-check ${result.idTag}${expect}`, `cloudillo serve${certificate}`].map((command) =>
      withHome(command, home),
    );
    const output = { ...result, settings: written, next };
    this.print(renderInit(output, this.colors));
    return output;
  }

  async #ask(): Promise<string> {
    if (this.flags.yes) throw usageError('usage.missing', 'The identity to create is missing', 'init IDTAG --yes');
    return askIdTag(await this.prompts('the argument IDTAG', 'The identity to create'));
  }

  /** Asks a person for the name. Without a person the default is used. */
  async #askName(idTag: string): Promise<string | undefined> {
    if (this.flags['exist-ok'] || this.flags.yes || !this.interactive) return undefined;
    const canonical = parseIdTag(idTag);
    const prompts = await this.prompts('--name', 'The display name');
    return prompts.text('Display name', { default: canonical.split('.', 1)[0] ?? canonical });
  }
}
