/** Why and how the bus closes a WebSocket. */
import type { WebSocket } from 'ws';

/**
 * The reasons for closing a socket, with their close codes (specification: WebSocket bus). Codes below 4000 are those of RFC
 * 6455, 7.4. The texts are the network's where they are known.
 */
const CLOSE = {
  stopping: [1001, 'Server is stopping'],
  tooMuch: [1008, 'Too many commands'],
  tryAgain: [1013, 'Too much is happening: list what was missed'],
  unauthorized: [4401, 'Unauthorized - authentication required'],
  forbidden: [4403, 'Forbidden'],
  internal: [4500, 'Internal error'],
} as const satisfies Record<string, readonly [number, string]>;

/** Closes a socket with the code and the text of the reason. */
export function closeSocket(socket: Pick<WebSocket, 'close'>, reason: CloseReason): void {
  const [code, words] = CLOSE[reason];
  socket.close(code, words);
}

/** The name of a reason. */
export type CloseReason = keyof typeof CLOSE;
