import type { WebSocket } from 'ws';

/**
 * Why the bus ends a socket (specification: WebSocket bus). Codes below 4000 are those of RFC 6455, 7.4. The words are the network's
 * where it was recorded.
 */
const CLOSE = {
  stopping: [1001, 'Server is stopping'],
  tooMuch: [1008, 'Too many commands'],
  tryAgain: [1013, 'Too much is happening: list what was missed'],
  unauthorized: [4401, 'Unauthorized - authentication required'],
  forbidden: [4403, 'Forbidden'],
  internal: [4500, 'Internal error'],
} as const satisfies Record<string, readonly [number, string]>;

/** Ends a socket with the reason's code and words. */
export function closeSocket(socket: Pick<WebSocket, 'close'>, reason: CloseReason): void {
  const [code, words] = CLOSE[reason];
  socket.close(code, words);
}

export type CloseReason = keyof typeof CLOSE;
