import { splitType } from '../../protocol/action-types.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { type DecodedToken, decodeToken } from '../../protocol/token.ts';
import { acceptAction } from './accept-action.ts';
import { companionsOf } from './companions.ts';
import type { InboxDeps, Sender } from './inbox-deps.ts';
import { park } from './park.ts';
import type { Receipt } from './receipt.ts';
import { receiveRelated } from './related.ts';

/** A token as it came in. */
export interface InboxInput {
  /** The identity whose inbox it came to. */
  tenant: string;
  token: string;
  /** Tokens that came along. */
  related?: readonly string[];
  /** The caller wants the verdict now: nothing is parked. */
  sync: boolean;
  /** Absent when nobody's address is to blame (a parked token). */
  sender?: Sender | null;
}

/**
 * Takes an action in: decode → dedupe → verify → permissions → store → what it brought along (specification: Inbox). When it
 * resolves, the action is on disk.
 * @throws CloudilloError `token.*`, `permission.denied`, `rate.busy`, `store.*`; and when the issuer's key can't be fetched
 * and the token isn't parked `dns.*`, `network.*`, `tls.*`, `peer.*`
 */
export async function receiveAction(deps: InboxDeps, input: InboxInput): Promise<Receipt> {
  const { tenant, sync, sender } = input;
  const decoded = decodeToken(input.token);
  // Whoever wants the verdict now doesn't share the answer of whoever is content with a parked token.
  const receipt = await deps.inWork(`${tenant} ${sync} ${decoded.actionId}`, async () => {
    const known = deps.store.duplicateOf(tenant, decoded);
    if (known !== null) {
      if (isConn(decoded)) sender?.troublesomeConn();
      return { actionId: known, outcome: 'duplicate' };
    }
    return receiveNew(deps, input, decoded);
  });
  // After a repeat too: the first time may have been cut off before it came to them.
  if (receipt.outcome === 'stored' || receipt.outcome === 'duplicate') {
    await receiveRelated(deps, tenant, receipt.actionId, input.related ?? []);
  }
  return receipt;
}

async function receiveNew(deps: InboxDeps, input: InboxInput, decoded: DecodedToken): Promise<Receipt> {
  const { tenant, sync, sender = null } = input;
  const context = { tenant, role: 'main', companions: companionsOf(decoded.claims.sub, input.related ?? []) } as const;
  try {
    return await acceptAction(deps, decoded, context, { sender });
  } catch (error) {
    blame(error, decoded, sender);
    if (sync || !isPassing(error)) throw error;
    return park(deps, input, decoded, error);
  }
}

/** A failure that may be over in a while: the issuer's server is down, not lying. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof CloudilloError) || !error.retryable) return false;
  return isCodeOf(error.code, 'dns', 'network', 'tls', 'peer');
}

function blame(error: unknown, decoded: DecodedToken, sender: Sender | null): void {
  if (!(error instanceof CloudilloError) || !isCodeOf(error.code, 'token')) return;
  if (error.code === 'token.signature') sender?.badSignature();
  // Asking for work isn't a failure of the token; counting it would ask for more each time.
  if (isConn(decoded) && error.code !== 'token.proof-of-work') sender?.troublesomeConn();
}

function isConn({ claims }: DecodedToken): boolean {
  return typeof claims.t === 'string' && splitType(claims.t).type === 'CONN';
}
