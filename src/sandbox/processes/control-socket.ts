import type { Server } from 'node:net';
import { createInterface } from 'node:readline';
import { connectOwner } from '../../store/home/lock.ts';
import type { SandboxPaths } from '../directory/paths.ts';

/** What can be asked of a sandbox through its `control.sock`: one JSON line. */
type Request = { op?: unknown };

/**
 * Listens to those who connect: `{"op":"stop"}` calls `onStop`. There is no reply: the connection is closed when the
 * sandbox is gone, which also holds when it is killed.
 */
export function serveControlSocket(server: Server, onStop: () => void): void {
  server.on('connection', (socket) => {
    socket.on('error', () => socket.destroy());
    const lines = createInterface({ input: socket });
    lines.on('error', () => socket.destroy());
    lines.once('line', (line) => {
      if (parse(line).op === 'stop') onStop();
      else socket.destroy();
    });
  });
}

function parse(line: string): Request {
  try {
    return JSON.parse(line) as Request;
  } catch {
    // Not a request: treated as an unknown one.
    return {};
  }
}

/** Does a sandbox run in this directory? */
export async function isSandboxUp(paths: SandboxPaths): Promise<boolean> {
  const socket = await connectOwner(paths.root);
  socket?.destroy();
  return socket !== null;
}

/** Asks a running sandbox to stop and waits until it has. @returns false when none runs */
export async function requestStop(paths: SandboxPaths): Promise<boolean> {
  const socket = await connectOwner(paths.root);
  if (!socket) return false;
  socket.write(`${JSON.stringify({ op: 'stop' })}\n`);
  await new Promise<void>((resolve) => {
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.resume();
  });
  return true;
}
