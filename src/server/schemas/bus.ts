/** The schema of the WebSocket route. */
import { Type } from '@sinclair/typebox';

/** The query of `GET /ws/bus`. A WebSocket of a browser can't send headers: its access token goes here. */
export const busQuerySchema = Type.Object({
  token: Type.Optional(
    Type.String({ maxLength: 16_384, description: 'access token; Authorization is better where it can be sent' }),
  ),
});
