import { FollowCommand } from '../cli/command/follow-command.ts';
import type { FollowOutput } from '../cli/schemas/follow.ts';

export default class Follow extends FollowCommand<typeof Follow> {
  static override summary = 'follow an identity on another instance';
  static override description =
    `Checks the own public profile, fetches the peer's, signs a FLLW, stores it and delivers it to the peer's inbox.
An existing follow is a success; its queued delivery is tried again. A delivery that fails stays queued.

Exit code: 0 the peer accepted it, or following already; 7 the peer refused, or hosts no such identity;
5 there is no such name; queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com --sync --json',
    '<%= config.bin %> <%= command.id %> bob.example.org --dry-run',
  ];

  run(): Promise<FollowOutput> {
    return this.perform('follow');
  }
}
