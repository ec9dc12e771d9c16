/** Removes temporary files when the process ends. */
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Removes a temporary file or directory when the process ends, also by a signal.
 * @returns removes it now
 */
export function removeAtEnd(path: string): () => Promise<void> {
  const hastily = () => rmSync(path, { recursive: true, force: true });
  const onSignal = (signal: NodeJS.Signals) => {
    // Another listener (stop-signal.ts) stops the command and cleans up, or lets a second signal end the process.
    if (process.listenerCount(signal) > 0) return;
    hastily();
    // Without a listener the signal ends the process as usual.
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
