import { BaseCommand } from '../../cli/command/base-command.ts';
import { withHome } from '../../cli/output/pasteable-hint.ts';
import { renderIdentities } from '../../cli/render/identities.ts';

export default class IdentityList extends BaseCommand<typeof IdentityList> {
  static override summary = 'list the identities of the home';
  static override description = `By name. An identity has a type, a display name and its keys.
With --json one object an identity, with all of its keys.

Exit code: 0; 8 the home can't be opened.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json | jq -r .idTag',
  ];

  async run(): Promise<undefined> {
    const identities = await this.operate('listIdentities', undefined);
    for (const identity of identities) await this.record(identity);
    if (identities.length > 0) this.print(renderIdentities(identities));
    else
      this.talk(
        withHome('This home has no identity yet. Create one with: cloudillo init alice.example.com', this.home),
      );
  }
}
