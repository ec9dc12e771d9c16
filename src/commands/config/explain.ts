import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { explainSettings } from '../../cli/home/explain-settings.ts';
import { renderSetting } from '../../cli/render/config.ts';

export default class ConfigExplain extends BaseCommand<typeof ConfigExplain> {
  static override summary = 'explain a setting: its meaning, its values, and what sets it';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> connectionMode --json',
  ];
  static override args = { name: Args.string({ name: 'NAME', description: 'the setting [default: all]' }) };

  async run(): Promise<undefined> {
    const names = this.args.name === undefined ? undefined : [this.args.name];
    const settings = await explainSettings(this.home, (text) => this.talk(text), names);
    for (const setting of settings) await this.record(setting);
    this.print(settings.flatMap((setting, at) => [...(at > 0 ? [''] : []), ...renderSetting(setting, this.colors)]));
  }
}
