/** The ID that a peer gives a request: its operator finds the request by it in the log there. */

/** The form in which a server takes an ID over (specification: Envelope and errors). Anything else is a stranger's text. */
const FORM = /^[A-Za-z0-9_.-]{1,64}$/;

/** The ID, from the header or the envelope of an answer; undefined without one. */
export function requestIdOf(...given: unknown[]): string | undefined {
  return given.find((id): id is string => typeof id === 'string' && FORM.test(id));
}
