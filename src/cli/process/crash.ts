/** What happens before an uncaught error ends the process. */

/** How long that may take, in milliseconds. */
const DEADLINE = 5_000;

type Task = (error: unknown) => Promise<void>;

const tasks = new Set<Task>();

/** Runs `task` when an uncaught error ends the process, within a deadline. @returns not any more */
export function beforeCrash(task: Task): () => void {
  tasks.add(task);
  return () => void tasks.delete(task);
}

/**
 * Ends the process at the first uncaught exception or unhandled rejection, in whatever state it is, with an exit code that isn't 0.
 * @param report tells the error to the user, and sets the exit code
 */
export function endOnUncaught(report: (error: unknown) => void): void {
  let ending = false;
  process.on('uncaughtException', (error) => {
    // What fails while the process ends changes nothing.
    if (ending) return;
    ending = true;
    const end = () => process.exit(process.exitCode || 1);
    setTimeout(end, DEADLINE);
    const done = [...tasks].map(async (task) => task(error));
    // After the log line, which may be all that is kept.
    Promise.allSettled(done).then(() => {
      report(error);
      end();
    });
  });
}
