import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';
import { shownApiKey } from '../../cli/output/shown-api-key.ts';
import { renderApiKeys } from '../../cli/render/access.ts';

export default class ApiKeyList extends BaseCommand<typeof ApiKeyList> {
  static override summary = 'list the API keys of an identity';
  static override description =
    'Shows the number and the beginning of each key. The rest is not stored. With --json one object a key.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --as alice.example.com --json',
  ];
  static override flags = { as: asFlag };

  async run(): Promise<undefined> {
    const { idTag, apiKeys } = await this.operate('listApiKeys', { as: this.flags.as });
    const keys = apiKeys.map(shownApiKey);
    for (const key of keys) await this.record(key);
    if (keys.length > 0) this.print(renderApiKeys(keys, Date.now() / 1000));
    else this.talk(`${idTag} has no API keys.`);
  }
}
