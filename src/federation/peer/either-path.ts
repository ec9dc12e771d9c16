import { CloudilloError } from '../../protocol/errors.ts';
import type { PeerResponse } from '../http/peer-response.ts';

/** Did the peer answer that there is nothing at this path? */
export function isNotFound(error: unknown): boolean {
  return error instanceof CloudilloError && error.code === 'peer.refused' && error.details?.['status'] === 404;
}

/**
 * The network serves `/api/actions` and `/api/files`, others `/api/action` and `/api/file` (specification: Either path): asks at the
 * first, and on 404 at the second. When neither has it, the first answer is the one that counts.
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
