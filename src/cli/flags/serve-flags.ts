/** The flags of `serve`. */
import * as Flags from '@oclif/core/flags';
import { networkFlags } from './flags.ts';

/** The flags of `serve`. */
export const serveFlags = {
  host: Flags.string({ description: 'address to listen on [default: 127.0.0.1]', helpValue: 'ADDRESS' }),
  port: Flags.integer({
    description: 'port to listen on; 0: any free one [default: 8443]',
    helpValue: 'PORT',
    min: 0,
    max: 65535,
  }),
  'tls-cert': Flags.file({ description: 'PEM file with the certificate chain', helpValue: 'FILE' }),
  'tls-key': Flags.file({ description: 'PEM file with its private key', helpValue: 'FILE' }),
  acme: Flags.boolean({
    description: 'get and renew certificates by themselves (ACME)',
    allowNo: true,
  }),
  'acme-agree': Flags.boolean({
    description: 'agree to the terms of service of the certificate authority',
    allowNo: true,
  }),
  'acme-directory': Flags.string({
    description: 'directory of the certificate authority [default: Let’s Encrypt]',
    helpValue: 'URL',
  }),
  'acme-http': Flags.integer({
    description: 'answer the certificate authority over HTTP at this port, instead of the port that is served',
    helpValue: 'PORT',
    min: 1,
    max: 65535,
  }),
  'acme-email': Flags.string({ description: 'where the certificate authority writes to', helpValue: 'ADDRESS' }),
  'behind-proxy': Flags.boolean({ description: 'speak plain HTTP: a proxy in front does TLS' }),
  'trusted-proxy': Flags.string({
    description: 'address or network (CIDR) of a proxy whose X-Forwarded-For or Forwarded is believed; may be repeated',
    helpValue: 'ADDRESS',
    multiple: true,
  }),
  'plain-http': Flags.boolean({ description: 'speak plain HTTP on a loopback address', exclusive: ['behind-proxy'] }),
  'rate-limits': Flags.boolean({ description: 'limit requests per address [default: yes]', allowNo: true }),
  'ready-fd': Flags.integer({
    description: 'write the ready line (JSON) to this file descriptor',
    helpValue: 'N',
    min: 1,
  }),
  'allow-group-readable': Flags.boolean({
    description: 'accept private keys that the group may read (mounted secrets)',
  }),
  expect: Flags.string({
    description:
      'serve until this is decided, and end with its exit code: the arguments and flags of "expect" as one text',
    helpValue: 'EXPECTATION',
  }),
  ...networkFlags,
  'exit-on-stdin-close': Flags.boolean({ description: 'stop when standard input ends', hidden: true }),
};
