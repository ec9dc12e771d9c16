import { FollowCommand } from '../cli/command/follow-command.ts';
import type { FollowOutput } from '../cli/schemas/follow.ts';

export default class Unfollow extends FollowCommand<typeof Unfollow> {
  static override summary = 'end a follow';
  static override description =
    `Signs FLLW:DEL, which replaces the FLLW, stores it and delivers it. It is true here at once; a delivery that fails stays queued.
Not following is a success without a change.

Exit code: 0 the peer took note, or not following anyway; 7 the peer refused to; queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com --json',
  ];

  run(): Promise<FollowOutput> {
    return this.perform('unfollow');
  }
}
