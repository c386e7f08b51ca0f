import { describe, expect, it } from "vitest";
import { shapeOf } from "../../src/simulator/statement-shape.ts";

describe("what a statement depends on", () => {
  it("is every table that it names, narrowed to the status that it asks for", () => {
    const sql = `select c.id from charges c join gateway_connections g on g.id = c.connection_id
      where c.status = 'scheduled' and c.due_at <= protocol_now()
      for no key update of c skip locked`;
    expect(shapeOf(sql)).toEqual({
      dependencies: [
        { table: "charges", statuses: ["scheduled"] },
        { table: "gateway_connections", statuses: ["*"] },
      ],
      writes: [],
      locks: ["charges"],
      skips: ["charges"],
    });
  });

  it("is all of a table wherever there is an or, or no status is asked for", () => {
    const either = "select id from refunds where status = 'requested' or held_until is null";
    expect(shapeOf(either).dependencies).toEqual([{ table: "refunds", statuses: ["*"] }]);
    const without = "select count(*) from invoices i where i.account_id = $1";
    expect(shapeOf(without).dependencies).toEqual([{ table: "invoices", statuses: ["*"] }]);
  });

  it("includes what it changes, and what a function of ours looks at", () => {
    const sql = `with due as (select id from refunds where status in ('in_flight', 'reconciling'))
      update charges c set status = 'captured' from due where c.id = due.id and may_charge(c)`;
    const { dependencies, writes } = shapeOf(sql);
    expect(writes).toEqual(["charges"]);
    const tables = dependencies.map(({ table }) => table);
    expect(tables).toEqual(expect.arrayContaining(["charges", "refunds", "recoveries"]));
  });
});
