/** Finds the account of a request by its bearer API key. */
import { createMiddleware } from "hono/factory";
import { findAccountByKeyHash } from "../accounts/api-key-store.ts";
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import { readApiKey } from "../security/api-key.ts";
import type { ApiEnv } from "./api.ts";

export function authenticate(engine: Engine) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const header = c.req.header("authorization");
    const text = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
    if (text === undefined) {
      throw refused("Send your API key as `Authorization: Bearer mdl_…`.");
    }
    const key = readApiKey(text);
    if (key === "malformed") {
      throw refused("This is no API key of Maedal: make one with `maedal keys create`.");
    }
    if (key === "mistyped") {
      throw refused(
        "The API key is cut or mistyped: its check characters do not fit. Copy it again.",
      );
    }
    const found = await findAccountByKeyHash(engine.database, key.hash);
    if (found === undefined) {
      throw refused("The API key is unknown or revoked: make another with `maedal keys create`.");
    }
    const { account, keyId } = found;
    if (account.mode !== key.mode) {
      const message = `This is a ${key.mode} key and its account is in ${account.mode} mode: use a ${account.mode} key.`;
      throw new AppError("wrong_mode", message);
    }
    c.set("account", account);
    c.set("keyId", keyId);
    c.set("engine", engine);
    await next();
  });
}

function refused(message: string): AppError {
  const headers = { "www-authenticate": 'Bearer realm="maedal"' };
  return new AppError("unauthorized", message, { headers });
}
