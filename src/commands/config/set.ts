import { resolve } from 'node:path';
import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { assignment } from '../../cli/flags/setting-assignments.ts';
import { renderChange } from '../../cli/render/config.ts';
import type { ChangedSettingOutput } from '../../cli/schemas/config-set.ts';

export default class ConfigSet extends BaseCommand<typeof ConfigSet> {
  static override summary = 'write a setting into config.json';
  static override description =
    `Values are checked strictly. The items of a list are separated by commas. A relative path is relative to this directory.
The command says when a running server has to be restarted.

Exit code: 0; 2 there is no such setting, or it doesn't accept the value; 8 the home can't be written.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> listen.port 9443',
    '<%= config.bin %> <%= command.id %> connectionMode accept',
    '<%= config.bin %> <%= command.id %> proxy.trusted 127.0.0.1,10.0.0.0/8',
  ];
  static override args = {
    name: Args.string({ name: 'NAME', required: true, description: 'the setting' }),
    value: Args.string({ name: 'VALUE', required: true, description: 'its value' }),
  };

  async run(): Promise<ChangedSettingOutput> {
    const { name, raw, notes } = assignment(this.args.name, this.args.value);
    this.talk(notes);
    // The next start would fail for it.
    if (name === 'network') {
      const { assertNetworkFile } = await import('../../cli/home/load-network.ts');
      await assertNetworkFile(resolve(this.home, raw));
    }
    const change = await this.operate('setSetting', { name, value: raw });
    this.print(renderChange(change, this.colors));
    return change;
  }
}
