import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWorld, subscribe, type Subscribed, type World } from "../support/world.ts";
import { runMaedal } from "./run-maedal.ts";

let world: World;
let subscribed: Subscribed;
let environment: Record<string, string>;
beforeAll(async () => {
  world = await createWorld();
  environment = { DATABASE_URL: world.db.url, MAEDAL_MASTER_KEY: "11".repeat(32) };
  subscribed = await subscribe(world, { clockAt: "2026-01-31T01:00:00Z" });
  world.worker();
});
afterAll(async () => {
  await world.stop();
});

describe("maedal clock", () => {
  it("takes a test clock forward and waits for all that falls due on the way", async () => {
    const id = String(subscribed.testClockId);
    const advance = ["clock", "advance", id, "--by", "P2M", "--wait", "--json"];
    const { code, out } = await runMaedal(advance, environment);
    expect([code, JSON.parse(out)]).toEqual([
      0,
      { id, name: "clock", now: "2026-03-31T01:00:00Z", target: null, status: "ready" },
    ]);
    const list = await runMaedal(["clock", "list"], environment);
    expect(list.out).toContain(`${id}  2026-03-31T01:00:00Z  ready`);
  });

  it("does not go back, and says what would be right", async () => {
    const id = String(subscribed.testClockId);
    const back = ["clock", "advance", id, "--to", "2026-01-01T00:00:00Z"];
    expect((await runMaedal(back, environment)).err).toContain("it only goes forward");
    const vague = await runMaedal(["clock", "advance", id, "--by", "a month"], environment);
    expect([vague.code, vague.err]).toEqual([
      1,
      "Say --to 2026-03-01T00:00:00Z, or --by P1M (an ISO-8601 duration).\n",
    ]);
  });
});

describe("maedal why", () => {
  it("tells a subscription's life: what it is, what was paid, and what is next", async () => {
    const { code, out } = await runMaedal(["why", subscribed.subscription.id], environment);
    expect(code).toBe(0);
    expect(out).toContain("is active; 3 periods were billed.");
    expect(out).toContain("Its next period is billed at 2026-04-30T01:00:00Z on test clock clk_");
    expect(out.match(/ was paid\.$/gm)?.length).toBe(3);
    expect(out).toContain("₩9,900 for 2026-02-28 up to, not including, 2026-03-31");
  });

  it("tells the same of one charge, as JSON for programs", async () => {
    const [charge] = await world.db.database.query<{ id: string }>(
      "select id from charges order by created_at limit 1",
    );
    const { out } = await runMaedal(["why", String(charge?.id), "--json"], environment);
    const { sentences } = JSON.parse(out) as { sentences: string[] };
    expect(sentences.at(-1)).toMatch(/^It was paid at .* Nothing more will be charged for it\.$/);
  });
});

describe("maedal doctor", () => {
  it("names a paused connection, why, and how it is resumed", async () => {
    await world.db.database.execute(
      "update gateway_connections set state = 'paused', paused_reason = 'keys', paused_at = now()",
    );
    const { code, out } = await runMaedal(["doctor"], environment);
    expect(code).toBe(1);
    expect(out).toContain(`POST /v1/gateway-connections/${world.connection.id}/resume`);
  });
});
