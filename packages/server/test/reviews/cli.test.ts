import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../src/cli/program.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { spoilCharge } from "../support/provider-terms.ts";
import { createWorld, subscribe, untilCharges, type World } from "../support/world.ts";

let world: World;
let chargeId: string;
let subscriptionId: string;
beforeAll(async () => {
  world = await createWorld();
  world.worker();
  await spoilCharge(world, { type: "alter_answer", set: { totalAmount: 1 } });
  subscriptionId = (await subscribe(world)).subscription.id;
  const [charge] = await untilCharges(world, subscriptionId, "in_review");
  chargeId = charge?.id ?? "";
});
afterAll(() => world.stop());

/** Runs a command on the world's database. */
async function maedal(...args: readonly string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const terminal: Terminal = {
    environment: { DATABASE_URL: world.db.url, MAEDAL_MASTER_KEY: "11".repeat(32) },
    print: (line) => void lines.push(line),
    say: (line) => void lines.push(line),
  };
  const code = await runCommand(args, terminal);
  return { code, text: lines.join("\n") };
}

describe("maedal reviews", () => {
  it("lists what waits, and shows all of one with what the provider says now", async () => {
    const list = await maedal("reviews", "list", "--json");
    const { items } = JSON.parse(list.text) as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toEqual([chargeId]);
    const { code, text } = await maedal("reviews", "show", chargeId);
    expect(code).toBe(0);
    expect(text).toContain("The provider says now");
    expect(text).toMatch(/order \w+: captured, \S+, DONE/);
    expect(text).toContain("not_paid: no, the provider shows otherwise");
  });

  it("refuses a decision that the provider contradicts, or that is none", async () => {
    const word = ["--reason", "not in the console"];
    const wrong = await maedal("reviews", "resolve", chargeId, "--decision", "give_up", ...word);
    expect(wrong.code).toBe(1);
    expect(wrong.text).toContain("Decide look_up_again");
    const none = await maedal("reviews", "resolve", chargeId, "--decision", "maybe", ...word);
    expect([none.code, none.text]).toEqual([
      1,
      "maybe is none of look_up_again, not_paid, give_up.",
    ]);
    const nobody = await maedal("reviews", "show", "chg_00000000000000000000000000");
    expect([nobody.code, nobody.text]).toEqual([
      1,
      "There is no charge (chg_…) or refund (rfd_…) chg_00000000000000000000000000 in this database.",
    ]);
  });

  it("takes a person's word, which maedal audit verify then finds on record", async () => {
    const word = ["--reason", "it is there", "--by", "J. Park"];
    const decide = ["reviews", "resolve", chargeId, "--decision", "look_up_again", ...word];
    expect((await maedal(...decide)).code).toBe(0);
    await untilCharges(world, subscriptionId, "captured");
    expect((await maedal("reviews", "list")).text).toBe("Nothing waits for a person.");
    const { code, text } = await maedal("audit", "verify");
    expect(code).toBe(0);
    expect(text).toMatch(/1 entries, ending with [0-9a-f]{64}$/);
    await world.db.database.execute("update audit_heads set n = 2");
    expect((await maedal("audit", "verify")).code).toBe(1);
  });
});
