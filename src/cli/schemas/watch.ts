/** The JSON of `watch`. */
import { type Static, Type } from '@sinclair/typebox';
import { actionSummary } from './actions.ts';
import { dateTime, nullable, strict } from './nullable.ts';

const {
  status: _status,
  current: _current,
  token: _token,
  receivedAt: _receivedAt,
  ...same
} = actionSummary.properties;

/** An action as it arrives. Actions of another instance aren't verified. */
export const watchedAction = Type.Object(
  {
    ...same,
    status: nullable(Type.String({ description: 'null: passed on, and never stored (PRES)' })),
    receivedAt: nullable(dateTime()),
  },
  strict,
);

export type WatchOutput = Static<typeof watchedAction>;
