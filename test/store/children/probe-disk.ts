/** Says what a probe of a directory finds: the code of the error and of its cause, or `writable`. */
import { diskSpaceOf } from '../../../src/store/disk/disk-space.ts';

async function main([directory = '']: string[]): Promise<void> {
  const problem = await diskSpaceOf({ needed: [directory] }, () => 0).writeProblem();
  const cause = (problem?.cause as NodeJS.ErrnoException | undefined)?.code;
  process.stdout.write(problem ? `${problem.code} ${cause}` : 'writable');
}

void main(process.argv.slice(2));
