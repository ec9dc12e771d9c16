import { basename, resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';
import { isFileId } from '../../cli/input/file-id.ts';
import { usageError } from '../../cli/output/output.ts';
import type { ProfileSetOutput } from '../../cli/schemas/profile-set.ts';

export default class ProfileSet extends BaseCommand<typeof ProfileSet> {
  static override summary = 'change what an identity publishes about itself';
  static override description = `A picture is added to the identity's files and is public from then on.
Peers see the change when they fetch the profile next, usually within a day. Setting the same value again changes nothing.

Exit code: 0 done, 2 usage, 8 the store can't be written.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --name "Alice Liddell"',
    '<%= config.bin %> <%= command.id %> --picture alice.jpg --as alice.example.com --json',
    '<%= config.bin %> <%= command.id %> --no-picture --type community',
  ];
  static override flags = {
    as: asFlag,
    name: Flags.string({ description: 'display name', helpValue: 'NAME' }),
    type: Flags.option({ options: ['person', 'community'] as const, description: 'the type of the identity' })(),
    picture: Flags.string({
      description: 'a picture on this machine, or the ID of an added file',
      helpValue: 'FILE|FILE-ID',
    }),
    'no-picture': Flags.boolean({ description: 'publish no picture', exclusive: ['picture'] }),
  };

  async run(): Promise<ProfileSetOutput> {
    const { as, name, type } = this.flags;
    const picture = this.#picture();
    if (name === undefined && type === undefined && picture === undefined) {
      const hint = 'Give --name, --type, --picture or --no-picture; see the profile with: cloudillo profile show';
      throw usageError('usage.missing', 'Nothing to change was given', hint);
    }
    const profile = await this.operate('setProfile', { as, name, type, picture });
    this.print(`${profile.changed ? '✓' : '–'} ${profile.idTag}  ${profile.name} (${profile.type})`);
    if (profile.profilePic !== null) this.print(`  picture  ${profile.profilePic}`);
    if (profile.pictureShown === false) {
      this.talk(
        '  Other servers show no picture without the variant vis.pf. It takes the optional package sharp; then set it again.',
      );
    }
    if (!profile.changed) this.talk('It was so already.');
    return profile;
  }

  /** The picture. A path is relative to the working directory of this command, not of the home's owner. */
  #picture(): { path: string; fileName: string } | { fileId: string } | null | undefined {
    const { picture, 'no-picture': none } = this.flags;
    if (none) return null;
    if (picture === undefined) return undefined;
    if (isFileId(picture)) return { fileId: picture };
    const path = resolve(picture);
    return { path, fileName: basename(path) };
  }
}
