// Notes one arrival, and is killed in the same turn of the event loop.
import { createArrivalLog } from '../../../src/store/cache/arrival-log.ts';
import { emptyNote } from '../../../src/store/model/arrival-note.ts';

async function main(): Promise<void> {
  const log = createArrivalLog(process.argv[2] ?? '');
  await log.open();
  log.note(emptyNote({ at: 1, outcome: 'accepted', bytes: 1, actionId: `a1~${'x'.repeat(43)}` }));
  process.kill(process.pid, 'SIGKILL');
}

main().catch((error) => {
  process.stderr.write(`${String(error?.stack)}\n`);
  process.exitCode = 1;
});
