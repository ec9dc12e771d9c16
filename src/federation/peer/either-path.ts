/** The two paths under which instances serve the same resource (specification: Either path). */
import { CloudilloError } from '../../protocol/errors.ts';
import type { PeerResponse } from '../http/peer-response.ts';

/** Whether the peer answered that the path doesn't exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof CloudilloError && error.code === 'peer.refused' && error.details?.['status'] === 404;
}

/**
 * Asks at the network's path (`/api/actions`, `/api/files`), and on 404 at the singular one. When both answer 404, the first
 * answer is thrown.
 */
export async function getEither(
  get: (path: string) => Promise<PeerResponse>,
  plural: string,
  singular: string,
): Promise<PeerResponse> {
  try {
    return await get(plural);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    try {
      return await get(singular);
    } catch (second) {
      throw isNotFound(second) ? error : second;
    }
  }
}
