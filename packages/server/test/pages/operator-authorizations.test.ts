import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertApiKey } from "../../src/accounts/api-key-store.ts";
import { newId } from "../../src/ids/id.ts";
import { operatorPages } from "../../src/pages/operator-pages.ts";
import { newApiKey } from "../../src/security/api-key.ts";
import {
  callsOf,
  chargeNow,
  createHeldWorld,
  heldAmount,
  holdMoney,
  ledgerOf,
} from "../support/held-world.ts";
import { masterKey, type World } from "../support/world.ts";

const baseUrl = "https://pay.example";

let world: World;
/** An operator who is logged in. */
let text: (path: string) => Promise<string>;
let submit: (path: string, fields: Record<string, string>) => Promise<Response>;
beforeAll(async () => {
  world = await createHeldWorld();
  const { accountId, engine } = world;
  const key = newApiKey("test", engine.effects.random);
  const { hash, hint } = key;
  const id = newId("key", engine.effects.random);
  await insertApiKey(engine.database, { accountId, id, name: "the desk", hash, hint });
  const pages = operatorPages({ engine, baseUrl, masterKey });
  const cookies = new Map<string, string>();
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await pages.request(`${baseUrl}${path}`, { ...init, headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    return answer;
  };
  const post = (path: string, fields: Record<string, string>) =>
    send(path, { method: "POST", body: new URLSearchParams(fields) });
  await post("/operator/log-in", { apiKey: key.text.reveal() });
  text = async (path) => await (await send(path)).text();
  submit = async (path, fields) => {
    const formToken = /name="formToken" value="([^"]+)"/.exec(await text("/operator"))?.[1] ?? "";
    return await post(path, { formToken, ...fields });
  };
});
afterAll(() => world.stop());

describe("the operator", () => {
  it("sees what is held and until when, and captures it with a tick", async () => {
    const held = await holdMoney(world);
    const path = `/operator/charges/${held.chargeId}`;
    const page = await text(`${path}?lang=en`);
    const { authorizationExpiresAt } = await chargeNow(world, held.chargeId);
    const until = authorizationExpiresAt?.toZonedDateTimeISO("Asia/Seoul").toPlainDate();
    for (const shown of [String(until), "Capture all", "Capture a part", "Void"]) {
      expect(page).toContain(shown);
    }
    const unticked = await submit(`${path}/capture`, {});
    expect([unticked.status, await ledgerOf(world, held)]).toEqual([
      409,
      [`authorization ${heldAmount}`],
    ]);
    const answer = await submit(`${path}/capture`, { isConfirmed: "yes" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, path]);
    const after = await text(path);
    expect(after).toContain("operator (the desk)");
    expect(after).not.toContain(`${path}/capture`);
    expect(await callsOf(world, held)).toEqual([`capture ${heldAmount} done`]);
  });

  it("captures a part, written as people write amounts", async () => {
    const held = await holdMoney(world);
    const path = `/operator/charges/${held.chargeId}`;
    const odd = await submit(`${path}/capture`, { isConfirmed: "yes", amount: "7.50" });
    expect(odd.status).toBe(409);
    await submit(`${path}/capture`, { isConfirmed: "yes", amount: " 0,250 " });
    expect((await chargeNow(world, held.chargeId)).capturedMinor).toBe(250);
  });

  it("voids, and finds the charge among the voided ones", async () => {
    const held = await holdMoney(world);
    const path = `/operator/charges/${held.chargeId}`;
    expect(await text("/operator/charges?status=authorized")).toContain(held.chargeId);
    await submit(`${path}/void`, { isConfirmed: "yes" });
    expect(await text("/operator/charges?status=voided")).toContain(held.chargeId);
    expect(await ledgerOf(world, held)).toEqual([
      `authorization ${heldAmount}`,
      `void ${heldAmount}`,
    ]);
  });
});
