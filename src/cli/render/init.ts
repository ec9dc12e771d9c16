/** The output of `init`. */
import type { ChalkInstance } from 'chalk';
import { defaultZone, zoneFileLines } from '../../services/dns/zone-change.ts';
import { withHome } from '../output/pasteable-hint.ts';
import type { InitOutput } from '../schemas/init.ts';
import { type Field, fieldLines } from './fields.ts';

/** What was created, which DNS records to add, and what to type next. */
export function renderInit(output: InitOutput, colors: ChalkInstance): string[] {
  const { idTag, name, type, home, homeCreated, key } = output;
  const fields: Field[] = [
    ['home', homeCreated ? `${home} (new)` : home],
    ['key', [key.keyId, key.fingerprint, key.encrypted ? '(passphrase)' : null].filter(Boolean).join('  ')],
    ...Object.entries(output.settings).map(([setting, value]): Field => [setting, JSON.stringify(value)]),
  ];
  return [
    `${headline(output, colors)} ${colors.bold(idTag)} (${name}, ${type})`,
    ...fieldLines(fields),
    '',
    ...dnsLines(output, colors),
    '',
    'Next:',
    ...output.next.map((command) => `  ${command}`),
  ];
}

function headline({ dryRun, created }: InitOutput, colors: ChalkInstance): string {
  if (created) return colors.green('Created');
  return dryRun ? colors.yellow('Would create') : 'There already:';
}

function dnsLines({ dns, idTag, home }: InitOutput, colors: ChalkInstance): string[] {
  const lines = dns.map(({ name, type, ttl, data }) => ({
    name,
    type: type ?? ('A' as const),
    ttl,
    data: data ?? '<address of your server>',
  }));
  const apex = dns.find(({ name, type }) => type === 'CNAME' && defaultZone(name) === name);
  const notes: string[] = [];
  if (dns.some(({ data }) => data === null))
    notes.push(`To have them filled in: ${withHome(`cloudillo init ${idTag} --exist-ok --address ADDRESS`, home)}`);
  if (apex)
    notes.push(`${apex.name} is the top of a zone, where no CNAME may stand: use the ALIAS of your DNS provider.`);
  if (!idTag.includes('.'))
    notes.push(`${idTag} has no dot: the public DNS has no such identities, only a network of your own can have one.`);
  return [
    `DNS records for ${idTag}:`,
    ...zoneFileLines(lines).map((line) => `  ${line}`),
    ...notes.map((note) => colors.dim(note)),
  ];
}
