import { BaseCommand } from '../../cli/command/base-command.ts';
import { explainSettings } from '../../cli/home/explain-settings.ts';
import { renderSettings } from '../../cli/render/config.ts';

export default class Config extends BaseCommand<typeof Config> {
  static override summary = 'show all settings with their values and origins';
  static override description =
    `A flag wins over the environment, the environment over config.json in the home, config.json over the default.
With --json one object a setting.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> set listen.port 9443',
    '<%= config.bin %> <%= command.id %> explain connectionMode',
    '<%= config.bin %> <%= command.id %> unset listen.port',
  ];

  async run(): Promise<undefined> {
    const settings = await explainSettings(this.home, (text) => this.talk(text));
    for (const setting of settings) await this.record(setting);
    this.print(renderSettings(settings));
  }
}
