import { CloudilloError } from '../../protocol/errors.ts';

/** Nothing of that name is here: 404. */
export function notHere(what: string): CloudilloError {
  return new CloudilloError('read.not-found', what, { stage: 'store' });
}

/** It was here and was deleted: 410. */
export function goneError(what: string): CloudilloError {
  return new CloudilloError('read.gone', what, { stage: 'store' });
}

/** It is here, and not for this caller: 403, in the network's words. */
export function notForYou(): CloudilloError {
  return new CloudilloError('permission.denied', 'You do not have permission to access this resource', {
    stage: 'permission',
  });
}
