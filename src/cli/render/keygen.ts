/** The output of `keygen` and `key list`. */
import type { ChalkInstance } from 'chalk';
import { relativeTime } from '../../protocol/reason-text.ts';
import { withHome } from '../output/pasteable-hint.ts';
import { publicKeyLines } from '../output/public-key-form.ts';
import type { AddedKeyOutput, KeyFileOutput, KeyListOutput, KeyOutput, RevokedKeyOutput } from '../schemas/keygen.ts';
import { type Field, fieldLines } from './fields.ts';
import { shownTime } from './shown-time.ts';

/** The keys of an identity. Public keys are printed only in a form that was asked for. */
export function renderKeyList(
  { idTag, keys }: KeyListOutput,
  form: boolean,
  now: number,
  colors: ChalkInstance,
): string[] {
  const lines = keys.flatMap((key) => [
    keyLine(key, now, colors),
    ...(form ? publicKeyLines(key.publicKey).map((line) => `    ${line}`) : []),
  ]);
  return [colors.bold(idTag), ...lines];
}

/** An added key. */
export function renderAddedKey({ idTag, added, expiring }: AddedKeyOutput, colors: ChalkInstance): string[] {
  return [
    `${colors.green('Added')} key ${colors.bold(added.keyId)} to ${idTag}; it signs from now on`,
    ...fieldLines([['fingerprint', added.fingerprint], ...publicKeyFields(added.publicKey)]),
    ...expiring.map(
      (key) =>
        `Key ${key.keyId} may sign until ${shownTime(key.expiresAt ?? '')} and stays published for what it signed`,
    ),
    ...(added.encrypted ? ['Give its passphrase to the server: CLOUDILLO_KEY_PASSPHRASE_FILE'] : []),
  ];
}

/** A revoked key, and the consequences. */
export function renderRevokedKey(output: RevokedKeyOutput, home: string, colors: ChalkInstance): string[] {
  const { idTag, revoked, already, signing, signedActions } = output;
  const first = already
    ? `Key ${colors.bold(revoked.keyId)} of ${idTag} was revoked before, at ${shownTime(revoked.revokedAt ?? '')}`
    : `${colors.green('Revoked')} key ${colors.bold(revoked.keyId)} of ${idTag}: it is off the profile`;
  const next = signing
    ? `Key ${signing.keyId} signs from now on`
    : withHome(`${idTag} can't sign anything now: cloudillo keygen --as ${idTag} --rotate`, home);
  return [
    first,
    '',
    'What it signed can no longer be verified by anybody who looks the key up from now on, whoever signed it: you or the thief.',
    'Instances that had cached the key may take its signatures until they ask again: up to a day.',
    `The store holds ${signedActions} of your own actions signed with it. They stay; publish again what matters.`,
    next,
  ];
}

/** A key in a file. */
export function renderKeyFile(
  { file, fingerprint, publicKey, encrypted }: KeyFileOutput,
  colors: ChalkInstance,
): string[] {
  return [
    `${colors.green('Wrote')} ${colors.bold(file)} (mode 0600${encrypted ? ', passphrase' : ''})`,
    ...fieldLines([['fingerprint', fingerprint], ...publicKeyFields(publicKey)]),
  ];
}

/** The fields of a public key. A PEM has several lines. */
function publicKeyFields(publicKey: KeyOutput['publicKey']): Field[] {
  return publicKeyLines(publicKey).map((line, at): Field => [at === 0 ? 'public key' : '', line]);
}

const PAINT: Record<KeyOutput['state'], 'green' | 'white' | 'yellow' | 'red'> = {
  signing: 'green',
  published: 'white',
  expired: 'yellow',
  revoked: 'red',
};

function keyLine(key: KeyOutput, now: number, colors: ChalkInstance): string {
  const seconds = (iso: string) => Date.parse(iso) / 1000;
  const times = [
    `made ${shownTime(key.createdAt)}`,
    key.revokedAt && `revoked ${relativeTime(seconds(key.revokedAt), now / 1000)}`,
    !key.revokedAt && key.expiresAt && `expires ${relativeTime(seconds(key.expiresAt), now / 1000)}`,
    key.encrypted && 'passphrase',
  ].filter(Boolean);
  return `  ${key.keyId.padEnd(8)}  ${colors[PAINT[key.state]](key.state.padEnd(9))}  ${key.fingerprint}  ${times.join(', ')}`;
}
