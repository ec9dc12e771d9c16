import { Type } from '@sinclair/typebox';

/** `GET /ws/bus`. A browser's WebSocket can send no header: it puts its access token here. */
export const busQuerySchema = Type.Object({
  token: Type.Optional(
    Type.String({ maxLength: 16_384, description: 'access token; Authorization is better where it can be sent' }),
  ),
});
