import { FollowCommand } from '../cli/command/follow-command.ts';
import type { FollowOutput } from '../cli/schemas/follow.ts';

export default class Unfollow extends FollowCommand<typeof Unfollow> {
  static override summary = 'end a follow';
  static override description =
    `Signs FLLW:DEL, which replaces the FLLW, stores it and delivers it. The follow ends here at once; a delivery that fails stays queued.
It is a success without a change when there is no follow.

Exit code: 0 the peer accepted it, or there was no follow; 7 the peer refused; queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com --json',
  ];

  run(): Promise<FollowOutput> {
    return this.perform('unfollow');
  }
}
