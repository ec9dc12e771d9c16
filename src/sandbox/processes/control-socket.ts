/** The control socket of a running sandbox. */
import type { Server } from 'node:net';
import { createInterface } from 'node:readline';
import { connectOwner } from '../../store/home/lock.ts';
import type { SandboxPaths } from '../directory/paths.ts';

/** A request through `control.sock`: one JSON line. */
type Request = { op?: unknown };

/**
 * Serves the control socket: `{"op":"stop"}` calls `onStop`. There is no reply. The connection closes when the sandbox has ended,
 * also when it is killed.
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
    // The text is not JSON: it is treated as an unknown request.
    return {};
  }
}

/** Whether a sandbox runs in this directory. */
export async function isSandboxUp(paths: SandboxPaths): Promise<boolean> {
  const socket = await connectOwner(paths.root);
  socket?.destroy();
  return socket !== null;
}

/** Asks a running sandbox to stop, and waits until it has. @returns false when none runs */
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
