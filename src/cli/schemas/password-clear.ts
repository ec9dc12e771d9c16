import { Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { changedPassword } from './password-set.ts';

/** What `password clear --json` writes. */
export const schema = Type.Union([changedPassword, errorOutput], {
  $id: 'password-clear',
  title: 'password clear --json',
});
