import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Sees to it that a temporary file or directory is gone when the process ends, a signal included.
 * @returns removes it now
 */
export function removeAtEnd(path: string): () => Promise<void> {
  const hastily = () => rmSync(path, { recursive: true, force: true });
  const onSignal = (signal: NodeJS.Signals) => {
    // Somebody else listens (stop-signal.ts): the command stops and cleans up, or a second signal makes it exit.
    if (process.listenerCount(signal) > 0) return;
    hastily();
    // Nobody listens for it any more: now it ends the process, as it would have.
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.once(signal, onSignal);
  process.once('exit', hastily);
  return async () => {
    await rm(path, { recursive: true, force: true });
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off('exit', hastily);
  };
}
