/** The errors of reading: unknown, deleted, not allowed. */
import { CloudilloError } from '../../protocol/errors.ts';

/** The error for an unknown name: 404. */
export function notHere(what: string): CloudilloError {
  return new CloudilloError('read.not-found', what, { stage: 'store' });
}

/** The error for a deleted resource: 410. */
export function goneError(what: string): CloudilloError {
  return new CloudilloError('read.gone', what, { stage: 'store' });
}

/** The error for a resource that this caller may not read: 403, in the network's words. */
export function notForYou(): CloudilloError {
  return new CloudilloError('permission.denied', 'You do not have permission to access this resource', {
    stage: 'permission',
  });
}
