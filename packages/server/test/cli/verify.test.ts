import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { paidCharge, refundInConsole, type PaidCharge } from "../support/refund-world.ts";
import { findingsOf } from "../support/sweep-world.ts";
import { settleFinding } from "../../src/sweeps/settle-finding.ts";
import { createWorld, type World } from "../support/world.ts";
import { runMaedal } from "./run-maedal.ts";

let world: World;
let charge: PaidCharge;
let environment: Record<string, string>;
beforeAll(async () => {
  world = await createWorld();
  charge = await paidCharge(world);
  environment = { DATABASE_URL: world.db.url, MAEDAL_MASTER_KEY: "11".repeat(32) };
});
afterAll(() => world.stop());

describe("maedal verify", () => {
  it("says that nothing is open, and ends well", async () => {
    const { code, err, out } = await runMaedal(["verify"], environment);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain(world.connection.id);
    expect(out.trim().split("\n").at(-1)).toBe("Nothing is open.");
  });

  it("books a refund that was made in the console, and says so", async () => {
    await refundInConsole(world, charge, 4_000);
    const { code, out } = await runMaedal(["verify"], environment);
    expect(code).toBe(0);
    expect(out).toContain("refund_elsewhere: 4000 KRW");
  });

  it("ends with 1 while something is open, in words and as JSON, until it is settled", async () => {
    const { accountId, engine } = world;
    await engine.database.execute("update charges set captured_minor = 9999 where id = $1", [
      charge.id,
    ]);
    const day = engine.effects.clock.now().toZonedDateTimeISO("Asia/Seoul").toPlainDate();
    const days = ["--from", day.subtract({ days: 1 }).toString(), "--to", day.toString()];
    const words = await runMaedal(["verify", ...days], environment);
    expect(words.code).toBe(1);
    expect(words.out).toContain("✗ amount_differs");
    expect(words.out.trim().split("\n").at(-1)).toBe("1 open.");

    const one = ["verify", "--connection", world.connection.id, "--json"];
    const { code, out } = await runMaedal(one, environment);
    const value = JSON.parse(out) as { ok: boolean; open: { kind: string; paymentId: string }[] };
    expect([code, value.ok]).toEqual([1, false]);
    expect(value.open.map(({ kind, paymentId }) => [kind, paymentId])).toEqual([
      ["amount_differs", charge.paymentId],
    ]);

    const [open] = await findingsOf(world, { isOpen: true });
    const key = { accountId, findingId: open?.id ?? "" };
    await settleFinding(engine, key, { by: "test", note: "seen" });
    expect((await runMaedal(["verify"], environment)).code).toBe(0);
  });

  it("ends with 1 when the provider gives no answer, and says which and what to do", async () => {
    await world.control.fault({ operation: "any", times: null, action: { type: "outage" } });
    const { code, out } = await runMaedal(["verify"], environment);
    await world.control.clearFaults();
    expect(code).toBe(1);
    expect(out).toContain("not compared to the end");
    expect(out.trim().split("\n").at(-1)).toContain("run it again");
  });

  it("names what is wrong with a day or a connection", async () => {
    const wrongDay = await runMaedal(["verify", "--from", "March"], environment);
    expect([wrongDay.code, wrongDay.err]).toEqual([
      1,
      "March is not a day: write it as 2026-03-31.\n",
    ]);
    const nowhere = await runMaedal(["verify", "--connection", "gwy_x"], environment);
    expect([nowhere.code, nowhere.err.includes("gwy_x")]).toEqual([1, true]);
  });
});

describe("maedal verify, asked for a time that is none", () => {
  it.each([
    [["--from", "2026-02-30"], "2026-02-30 is not a day"],
    [["--from", "yesterday"], "yesterday is not a day"],
    [["--from", "2026-03-31", "--to", "2026-03-01"], "`from` must be before `to`"],
    [["--from", "2999-01-01"], "`from` must be before `to`"],
    [["--from", "2020-01-01"], "at most 366 days"],
    [["--connection", "gwy_none"], "There is no gateway connection"],
  ])("says so and compares nothing: %s", async (options, said) => {
    const { code, err, out } = await runMaedal(["verify", ...options, "--json"], environment);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(said);
  });
});
