// Appends to a log, several writers at once, and prints each record once it is durable. Each keeps to a few segments.
import { SegmentedLog } from '../../../src/store/disk/segmented-log.ts';

async function main(): Promise<void> {
  const [directory = '', round = ''] = process.argv.slice(2);
  let read = 0;
  const log = await SegmentedLog.open<string>({
    directory,
    kind: { name: 'test', version: 1, encode: String, decode: (text) => text },
    onDamage: (message, fields) => process.stdout.write(`damaged ${message} ${JSON.stringify(fields)}\n`),
    visit: () => (read += 1),
    segmentBytes: 20_000,
  });
  process.stdout.write(`open ${read}\n`);
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; ; n += 1) {
      const record = `${round}-${writer}-${n}`;
      await log.append([record, 'x'.repeat(n % 300)]);
      process.stdout.write(`${record}\n`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
}

main().catch((error) => {
  process.stderr.write(`${String(error?.stack)}\n`);
  process.exitCode = 1;
});
