import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { explainSettings } from '../../cli/home/explain-settings.ts';
import { settingText } from '../../cli/render/config.ts';
import type { SettingOutput } from '../../cli/schemas/config.ts';

export default class ConfigGet extends BaseCommand<typeof ConfigGet> {
  static override summary = 'print the value of a setting, and nothing else';
  static override description = 'The output can be given to config set. It is an empty line when there is no value.';
  static override examples = ['<%= config.bin %> <%= command.id %> listen.port'];
  static override args = { name: Args.string({ name: 'NAME', required: true, description: 'the setting' }) };

  async run(): Promise<SettingOutput | undefined> {
    const [setting] = await explainSettings(this.home, (text) => this.talk(text), [this.args.name]);
    this.print(settingText(setting?.value));
    return setting;
  }
}
