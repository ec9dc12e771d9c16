import { ListDeliveriesCommand } from '../../cli/command/list-deliveries-command.ts';

export default class Deliveries extends ListDeliveriesCommand<typeof Deliveries> {
  static override summary = 'list deliveries: sent, queued and ended';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --state queued --json',
  ];
}
