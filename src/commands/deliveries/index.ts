import { ListDeliveriesCommand } from '../../cli/list-deliveries-command.ts';

export default class Deliveries extends ListDeliveriesCommand<typeof Deliveries> {
  static override summary = 'list what was sent, and what still has to be';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> list --state queued --json',
    '<%= config.bin %> <%= command.id %> retry --all',
    '<%= config.bin %> <%= command.id %> drop --to bob.example.org',
  ];
}
