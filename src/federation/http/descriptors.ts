/** Tells whether this process may open no more connections. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { CloudilloError } from '../../protocol/errors.ts';

/** Whether an error says that a process, or the machine, has as many files and connections open as it may. */
export function isOutOfDescriptors(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'EMFILE' || code === 'ENFILE';
}

/**
 * Opens a socket to see whether one can be opened. The system's resolver doesn't tell: it reports that no server answered.
 * @returns `network.descriptors`; null when a socket can be opened
 */
export async function descriptorProblem(host: string): Promise<CloudilloError | null> {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return null;
  } catch (cause) {
    if (!isOutOfDescriptors(cause)) return null;
    return new CloudilloError(
      'network.descriptors',
      `${host} could not be resolved: this process may open no more connections`,
      { stage: 'dns', details: { host }, cause },
    );
  } finally {
    socket.close();
  }
}
