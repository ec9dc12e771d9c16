// Tries to take a home. Prints what came of it; holds it until stdin ends, marking when it holds it.
import { appendFileSync, closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { acquireHome } from '../../../src/store/home/lock.ts';

async function main(): Promise<void> {
  const [root = '', startAt = '0', mode = 'hold'] = process.argv.slice(2);
  // All at once: node's own start takes longer than the race.
  while (Date.now() < Number(startAt));
  const lock = await acquireHome(root);
  if (!lock) {
    process.stdout.write('taken\n');
    return;
  }
  const marker = join(root, 'cache', 'held');
  // Fails when another holder is at work at the same time.
  closeSync(openSync(marker, 'wx'));
  appendFileSync(join(root, 'cache', 'holders'), `${process.pid}\n`);
  process.stdout.write('own\n');
  if (mode === 'hold') {
    process.stdin.resume();
    await new Promise((resolve) => process.stdin.once('end', resolve));
  }
  unlinkSync(marker);
  await lock.release();
}

main().catch((error) => {
  process.stdout.write(`failed ${String(error)} ${String(error.cause)}\n`);
  process.exitCode = 1;
});
