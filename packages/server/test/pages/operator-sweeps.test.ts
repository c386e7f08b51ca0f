import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertApiKey } from "../../src/accounts/api-key-store.ts";
import { newId } from "../../src/ids/id.ts";
import { operatorPages } from "../../src/pages/operator-pages.ts";
import { newApiKey } from "../../src/security/api-key.ts";
import { linesOf, paidCharge, type PaidCharge } from "../support/refund-world.ts";
import { findingsOf, sweep } from "../support/sweep-world.ts";
import { createWorld, masterKey, type World } from "../support/world.ts";

const baseUrl = "https://pay.example";

let world: World;
let charge: PaidCharge;
let visit: Awaited<ReturnType<typeof logIn>>;
beforeAll(async () => {
  world = await createWorld();
  charge = await paidCharge(world);
  await world.engine.database.execute("update charges set captured_minor = 9999 where id = $1", [
    charge.id,
  ]);
  await sweep(world);
  visit = await logIn();
});
afterAll(() => world.stop());

async function logIn() {
  const { accountId, engine } = world;
  const { hash, hint, text } = newApiKey("test", engine.effects.random);
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
  await post("/operator/log-in", { apiKey: text.reveal() });
  const page = async (query = "") => await (await send(`/operator/sweeps${query}`)).text();
  const submit = async (path: string, fields: Record<string, string> = {}) => {
    const [, formToken = ""] = /name="formToken" value="([^"]+)"/.exec(await page()) ?? [];
    return await post(path, { formToken, ...fields });
  };
  return { page, submit };
}

describe("the page of the daily comparison", () => {
  it("shows what is open, what Maedal did, and what is left to do, in both languages", async () => {
    const korean = await visit.page();
    for (const words of ["금액이 다름", "연결을 멈춤", charge.paymentId, charge.id]) {
      expect(korean).toContain(words);
    }
    const english = await visit.page("?lang=en");
    expect(english).toContain("resume the connection when you know why");
    await visit.page("?lang=ko");
  });

  it("refunds a charge's own payment only when it is ticked as meant", async () => {
    const [finding] = await findingsOf(world);
    const path = `/operator/sweeps/${finding?.id}/refund`;
    expect((await visit.submit(path)).status).toBe(409);
    expect(await linesOf(world, charge)).toEqual([]);
    expect((await visit.submit(path, { isConfirmed: "yes" })).status).toBe(303);
    expect(await linesOf(world, charge)).toEqual(["maedal 9999 requested"]);
  });

  it("settles a finding with a note, by the operator's name", async () => {
    const [finding] = await findingsOf(world);
    const path = `/operator/sweeps/${finding?.id}/settle`;
    expect((await visit.submit(path, { note: " " })).status).toBe(409);
    expect((await visit.submit(path, { note: "환불함" })).status).toBe(303);
    const [settled] = await findingsOf(world);
    expect([settled?.settledBy, settled?.note]).toEqual(["operator (the desk)", "환불함"]);
    expect(await visit.page()).toContain("어긋나는 것이 없어요");
  });

  it("starts a comparison", async () => {
    expect((await visit.submit("/operator/sweeps")).status).toBe(303);
    expect(await visit.page()).toContain("진행 중");
  });
});
