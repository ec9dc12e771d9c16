import { CloudilloError } from '../../protocol/errors.ts';

/** The answer for an unknown resource (specification: Envelope and errors). */
export function notFound(message = 'Resource not found'): CloudilloError {
  return new CloudilloError('request.not-found', message, { stage: 'server', details: { status: 404 } });
}

/** A request that is wrong in itself; `status` for those of the table that aren't plain 400s (405, 421). */
export function badRequest(
  message: string,
  { status = 400, ...details }: { status?: number; allow?: string } = {},
): CloudilloError {
  return new CloudilloError('request.invalid', message, { stage: 'server', details: { status, ...details } });
}
