/**
 * `POST /notifications/{token}`: where providers send their webhooks. The token in the address is the
 * only thing that is asked for, because what comes here is a hint to look up and never proof. It is
 * stored as received and answered at once.
 */
import { Hono } from "hono";
import { AppError } from "../app-error.ts";
import { findConnectionByNotificationToken } from "../connections/connection-store.ts";
import type { Engine } from "../engine.ts";
import { receiveNotification } from "../notifications/receive-notification.ts";

export function notificationRoute(engine: Engine): Hono {
  return new Hono().post("/notifications/:token", async (c) => {
    const token = c.req.param("token");
    const connection = /^[0-9a-z]{16,64}$/.test(token)
      ? await findConnectionByNotificationToken(engine.database, token)
      : undefined;
    if (connection === undefined) {
      throw new AppError(
        "not_found",
        "No gateway connection has this address: copy notificationUrl of the connection again.",
      );
    }
    const received = { body: await c.req.text(), headers: c.req.header() };
    await receiveNotification(engine, connection, received);
    return c.json({ received: true }, 200);
  });
}
