/** Addresses that are not there, and methods that an address does not take. */
import type { Hono, HonoRequest, MiddlewareHandler } from "hono";
import { AppError } from "../app-error.ts";

/** No address of the API needs an escape, and what one may hide (U+0000) is no id. */
export const refuseEscapes: MiddlewareHandler = async (c, next) => {
  // `c.req.path` is decoded already.
  if (new URL(c.req.url).pathname.includes("%")) {
    throw new AppError("not_found", "No address of the API holds an escape: check the id.");
  }
  await next();
};

/** The refusal of a request that no route takes; it never depends on who asks. */
export function unknownRoute(
  app: Pick<Hono, "routes">,
  { method, path }: Pick<HonoRequest, "method" | "path">,
): AppError {
  const allowed = methodsAt(app.routes, path);
  if (allowed.length === 0) {
    return new AppError("not_found", `There is nothing at ${path}: see /docs for what there is.`);
  }
  const list = allowed.join(", ");
  const headers = { allow: list };
  return new AppError("method_not_allowed", `${path} takes ${list}, not ${method}.`, { headers });
}

function methodsAt(routes: Hono["routes"], path: string): readonly string[] {
  const methods = routes
    .filter((route) => route.method !== "ALL" && patternOf(route.path).test(path))
    .map((route) => route.method);
  return [...new Set(methods)].sort();
}

/** `/v1/plans/:id/prices` */
function patternOf(path: string): RegExp {
  const segments = path
    .split("/")
    .map((segment) => (segment.startsWith(":") ? "[^/]+" : segment.replaceAll(/[^\w-]/g, "\\$&")));
  return new RegExp(`^${segments.join("/")}$`);
}
