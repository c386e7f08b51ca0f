/** `/v1/events` */
import { createRoute } from "@hono/zod-openapi";
import { eventPageSchema, eventQuerySchema, type EventJson } from "../../contract/events.ts";
import { listEvents, type EventRecord } from "../../events/event-store.ts";
import { bearerAuth, createApi, jsonAnswer, problems, type Api } from "../api.ts";
import { invalidField } from "../problem.ts";

const list = createRoute({
  tags: ["Events"],
  security: bearerAuth,
  method: "get",
  path: "/events",
  summary: "List what happened, newest first",
  request: { query: eventQuerySchema },
  responses: { 200: jsonAnswer(eventPageSchema, "A page of events"), ...problems },
});

export function eventRoutes(): Api {
  const api = createApi();
  api.openapi(list, async (c) => {
    const { cursor, limit, subscriptionId } = c.req.valid("query");
    if (cursor !== undefined && !/^\d{1,18}$/.test(cursor)) {
      throw invalidField("cursor", "must be the nextCursor of the page before");
    }
    const filter = { subscriptionId, before: cursor };
    const { account, engine } = c.var;
    const events = await listEvents(engine.database, account.id, filter, limit + 1);
    const items = events.slice(0, limit);
    const nextCursor = events.length > limit ? (items.at(-1)?.position ?? null) : null;
    return c.json({ items: items.map(toJson), nextCursor }, 200);
  });
  return api;
}

function toJson(event: EventRecord): EventJson {
  return {
    id: event.id,
    type: event.type,
    subscriptionId: event.subscriptionId ?? null,
    sequence: event.sequence ?? null,
    data: { ...event.data },
    occurredAt: event.occurredAt.toString(),
  };
}
