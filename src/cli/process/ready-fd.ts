/** Reports that a server is ready. */
import { writeSync } from 'node:fs';
import { CloudilloError } from '../../protocol/errors.ts';

/** `--ready-fd`: writes the ready line for whoever started the server. @throws CloudilloError `usage.ready-fd` */
export function writeReady(fd: number, ready: object): void {
  try {
    writeSync(fd, `${JSON.stringify(ready)}\n`);
  } catch (cause) {
    throw new CloudilloError('usage.ready-fd', `File descriptor ${fd} takes no ready line`, {
      stage: 'input',
      hint: `Open it for writing, and keep it open, in the shell for example: cloudillo serve … --ready-fd ${fd} ${fd}> ready.json`,
      cause,
    });
  }
}
