// Writes half of an output file, says so, and waits to be killed.
import { openOutputFile } from '../../../../src/cli/output/output-file.ts';

async function main(): Promise<void> {
  const file = await openOutputFile(process.argv[2] as string, { force: false });
  await file.write(Buffer.from('half'));
  process.stdout.write('half\n');
  process.stdin.resume();
}

void main();
