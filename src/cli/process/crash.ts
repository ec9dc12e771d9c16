/** Runs tasks before an uncaught error ends the process. */

/** The time limit of these tasks, in milliseconds. */
const DEADLINE = 5_000;

type Task = (error: unknown) => Promise<void>;

const tasks = new Set<Task>();

/** Runs `task` within a deadline when an uncaught error ends the process. @returns cancels that */
export function beforeCrash(task: Task): () => void {
  tasks.add(task);
  return () => void tasks.delete(task);
}

/**
 * Ends the process at the first uncaught exception or unhandled rejection, with an exit code other than 0.
 * @param report reports the error to the user, and sets the exit code
 */
export function endOnUncaught(report: (error: unknown) => void): void {
  let ending = false;
  process.on('uncaughtException', (error) => {
    // A further error while the process ends changes nothing.
    if (ending) return;
    ending = true;
    const end = () => process.exit(process.exitCode || 1);
    setTimeout(end, DEADLINE);
    const done = [...tasks].map(async (task) => task(error));
    // The log line comes first: it may be all that is kept.
    Promise.allSettled(done).then(() => {
      report(error);
      end();
    });
  });
}
