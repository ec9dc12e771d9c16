import type { CodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';

/** The answer for an unknown resource (specification: Envelope and errors). */
export function notFound(message = 'Resource not found'): CloudilloError {
  return new CloudilloError('request.not-found', message, { stage: 'server' });
}

/** A request that is wrong in itself: 400, or what else its code stands for. @param details `allow`: the methods that there are (405) */
export function badRequest(
  message: string,
  code: CodeOf<'request'> = 'request.invalid',
  details: { allow?: string } = {},
): CloudilloError {
  return new CloudilloError(code, message, { stage: 'server', details });
}
