/** What a compaction leaves of an erased action: facts, and no content. */
import { hash } from 'node:crypto';
import { actionKey, isKeyedByContent, splitType } from '../../protocol/action-types.ts';
import { roleOf } from '../../protocol/roles.ts';
import { signingInputHash } from '../../protocol/token.ts';
import { storedClaims } from '../index/prepare.ts';
import type { ActionEvent, AliasEvent, TraceClaims, TraceEvent, TwinEvent } from '../model/events.ts';

/** What stays of an action. */
export function traceOf(event: ActionEvent): TraceEvent {
  const { tenant, actionId, token, direction, receivedAt, status, visibility } = event;
  const claims = storedClaims(token);
  const { t, iss, aud, sub, p, iat, exp, v, f, a } = claims;
  const kept: TraceClaims = {
    t,
    iss,
    iat,
    ...(aud !== undefined && { aud }),
    ...(sub !== undefined && { sub }),
    ...(p !== undefined && { p }),
    ...(exp !== undefined && { exp }),
    ...(v !== undefined && { v }),
    ...(f !== undefined && { f }),
    ...(a !== undefined && { a }),
  };
  const role = roleOf(claims);
  const { type } = splitType(t);
  return {
    kind: 'trace',
    tenant,
    actionId,
    signing: signingOf(token),
    claims: kept,
    direction,
    receivedAt,
    status,
    ...(visibility !== undefined && { visibility }),
    bytes: token.length,
    ...(role !== null && { role }),
    ...(isKeyedByContent(type) && { key: hash('sha256', actionKey(claims) ?? '', 'base64url') }),
  };
}

/** What stays of an alias. */
export function twinOf({ tenant, actionId, token, at }: AliasEvent): TwinEvent {
  return { kind: 'twin', tenant, actionId, signing: signingOf(token), bytes: token.length, at };
}

function signingOf(token: string): string {
  return Buffer.from(signingInputHash(token), 'latin1').toString('base64url');
}
