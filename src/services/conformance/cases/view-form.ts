/** The form of a view. */
import { isJsonObject } from '../../../protocol/json-object.ts';

const ACTION_ID = /^a1~[A-Za-z0-9_-]{43}$/;
const ISO_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
/** Those of the network's server among them (specification: Statuses). */
const STATUSES = 'ACNDRSPVF';
const LETTERS = 'PV2FCSD';

/** What is wrong with the form of a view; false: nothing (specification: Views). */
export function viewProblem(view: Record<string, unknown>): string | false {
  const { actionId, type, issuer, audience, createdAt, status, visibility, stat } = view;
  const problems = {
    actionId: typeof actionId === 'string' && ACTION_ID.test(actionId),
    type: typeof type === 'string' && /^[A-Z]+(?::[A-Z]+)?$/.test(type),
    issuer: isParty(issuer),
    audience: audience === undefined || isParty(audience),
    createdAt: typeof createdAt === 'string' && ISO_UTC.test(createdAt),
    status: isOneOf(status, STATUSES),
    visibility: visibility === undefined || isOneOf(visibility, LETTERS),
    stat: stat === undefined || isJsonObject(stat),
  };
  const wrong = Object.entries(problems).find(([, right]) => !right)?.[0];
  return wrong !== undefined && `${wrong} of ${String(actionId)} is ${JSON.stringify(view[wrong]) ?? 'missing'}`;
}

function isParty(value: unknown): boolean {
  return isJsonObject(value) && typeof value['idTag'] === 'string';
}

function isOneOf(value: unknown, letters: string): boolean {
  return typeof value === 'string' && value.length === 1 && letters.includes(value);
}
