import { ListDeliveriesCommand } from '../../cli/command/list-deliveries-command.ts';

export default class DeliveriesList extends ListDeliveriesCommand<typeof DeliveriesList> {
  static override summary = 'list deliveries: sent, queued and ended';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --state queued',
    '<%= config.bin %> <%= command.id %> --to bob.example.org --limit 5',
    '<%= config.bin %> <%= command.id %> --action a1~fZ3kq --limit 0 --json',
  ];
}
