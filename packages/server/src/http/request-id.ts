/** Names each request in its answer and in the log; a proxy's own name for it is kept. */
import { createMiddleware } from "hono/factory";
import type { Random } from "../effects.ts";
import type { ApiEnv } from "./api.ts";

const headerName = "x-request-id";

export function nameRequest(random: Random) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const given = c.req.header(headerName) ?? "";
    const requestId = /^[\w.:-]{8,128}$/.test(given) ? given : random.uuid();
    c.set("requestId", requestId);
    c.header(headerName, requestId);
    await next();
    c.header(headerName, requestId);
  });
}
