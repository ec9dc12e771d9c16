import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { renderChange } from '../../cli/render/config.ts';
import type { ChangedSettingOutput } from '../../cli/schemas/config-set.ts';
import { settingName } from '../../cli/usage/setting-name.ts';

export default class ConfigUnset extends BaseCommand<typeof ConfigUnset> {
  static override summary = 'remove a setting from config.json: its default holds again';
  static override description = 'It is a success without a change when the setting isn’t there.';
  static override examples = ['<%= config.bin %> <%= command.id %> listen.port'];
  static override args = { name: Args.string({ name: 'NAME', required: true, description: 'the setting' }) };

  async run(): Promise<ChangedSettingOutput> {
    const change = await this.operate('setSetting', { name: settingName(this.args.name), value: null });
    this.print(renderChange(change, this.colors));
    return change;
  }
}
