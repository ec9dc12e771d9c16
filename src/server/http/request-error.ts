/** The errors of wrong requests. */
import type { CodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';

/** The error for an unknown resource (specification: Envelope and errors). */
export function notFound(message = 'Resource not found'): CloudilloError {
  return new CloudilloError('request.not-found', message, { stage: 'server' });
}

/** The error for a malformed request: 400, or the status of its code. @param details `allow`: the methods of the path (405) */
export function badRequest(
  message: string,
  code: CodeOf<'request'> = 'request.invalid',
  details: { allow?: string } = {},
): CloudilloError {
  return new CloudilloError(code, message, { stage: 'server', details });
}
