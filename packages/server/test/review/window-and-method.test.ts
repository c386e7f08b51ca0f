import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectInvoice } from "../../src/invoices/collect-invoice.ts";
import { reconcileCharges } from "../../src/charges/look-up-charges.ts";
import { holdConfirmations, type HeldAnswers } from "../support/held-answers.ts";
import {
  approve,
  booksOf,
  comeBack,
  enterWindow,
  newcomer,
  register,
  standingOf,
  untilOver,
  type Visitor,
} from "../support/window-world.ts";
import {
  addConnection,
  advanceTo,
  createWorld,
  eventually,
  registerMethod,
  type World,
} from "../support/world.ts";

let answers: HeldAnswers;
let world: World;
beforeEach(async () => {
  answers = holdConfirmations();
  world = await createWorld({ provider: "line_pay", sender: answers.sender });
});
afterEach(() => world.stop());

const clockAt = "2026-01-10T01:00:00Z";
const active = { status: "active", methodRequired: false, hasKey: true };

interface ChargeRow {
  readonly id: string;
  readonly invoice_id: string;
  readonly status: string;
  readonly billing_key_id: string | null;
}

/** The newest charge of a subscription. */
async function chargeOf({ subscription }: Visitor): Promise<ChargeRow> {
  const [row] = await world.db.database.query<ChargeRow>(
    `select id, invoice_id, status, billing_key_id from charges where subscription_id = $1
     order by created_at desc limit 1`,
    [subscription.id],
  );
  if (row === undefined) throw new Error("there is no charge");
  return row;
}

const spoil = (operation: string, action: Readonly<Record<string, unknown>>, times = 1) =>
  world.control.fault({ provider: "line_pay", operation, action, times });

/** Paid once; the second period was declined, for good or to be tried again. */
async function owing(code: string): Promise<Visitor> {
  const visitor = await newcomer(world, { clockAt });
  const worker = world.worker();
  await untilOver(world, await register(world, visitor));
  await spoil("charge", { type: "decline", code });
  await advanceTo(world, visitor.testClockId ?? "", "2026-02-10T12:00:00Z");
  await worker.stop();
  return visitor;
}

describe("a method of another connection that comes while a window is being confirmed", () => {
  it.each([
    { told: "refused", action: { type: "decline", code: "1142" }, end: "captured" },
    { told: "unknown", action: { type: "error", code: "9000" }, end: "in_review" },
  ])("collects, or a person decides, when the confirmation is $told", async ({ action, end }) => {
    const visitor = await owing("1142");
    const trip = await enterWindow(world, visitor);
    await approve(world, trip);
    await spoil("confirm", action);
    answers.hold();
    const back = comeBack(world, trip);
    await eventually("the confirmation", async () => {
      return (await chargeOf(visitor)).status === "in_flight";
    });
    const { accountId, emulator, engine } = world;
    await eventually("the fault to be used up", async () => {
      return (await world.control.requests("confirm")).length === 2;
    });
    const connection = await addConnection(engine, accountId, emulator, 10, "line_pay");
    const { id: subscriptionId } = visitor.subscription;
    await registerMethod({ ...world, connection }, visitor.customerId, { subscriptionId });
    answers.letGo();
    await back;
    world.worker();
    await eventually(`the charge to be ${end}`, async () => {
      return (await chargeOf(visitor)).status === end;
    });
    const taken = await booksOf(world, visitor);
    expect(taken).toEqual(end === "captured" ? ["payment 299", "payment 299"] : ["payment 299"]);
  });
});

describe("a window of another connection than the key's, that is refused", () => {
  it("gives the invoice back to the key", async () => {
    const visitor = await owing("1142");
    const { accountId, emulator, engine } = world;
    const connection = await addConnection(engine, accountId, emulator, 10, "line_pay");
    const elsewhere = { ...world, connection };
    const trip = await enterWindow(elsewhere, visitor);
    await approve(elsewhere, trip);
    await spoil("confirm", { type: "decline", code: "1142" });
    await comeBack(elsewhere, trip);
    expect(await untilOver(elsewhere, trip)).toMatchObject({ failureCode: "1142" });
    world.worker();
    await eventually("the period to be paid", async () => {
      return (await standingOf(world, visitor)).invoices.includes("period 1 paid 299");
    });
    expect(await booksOf(world, visitor)).toEqual(["payment 299", "payment 299"]);
  });
});

describe("two approved windows, of which one is refused", () => {
  it("the other is over as well: its order id is used up, and nobody waits for it", async () => {
    const visitor = await newcomer(world);
    const first = await enterWindow(world, visitor);
    const second = await enterWindow(world, visitor);
    await approve(world, first);
    await approve(world, second);
    await spoil("confirm", { type: "decline", code: "1142" });
    await comeBack(world, first);
    await comeBack(world, second);
    expect(await untilOver(world, first)).toMatchObject({ failureCode: "1142" });
    expect(await untilOver(world, second)).toMatchObject({ failureCode: "superseded" });
    expect(await booksOf(world, visitor)).toEqual([]);
  });
});

describe("a charge that a window has paid instead of its billing key", () => {
  it("shows the key that the window gave, and keeps no other alive", async () => {
    const visitor = await owing("1142");
    const { billing_key_id: old } = await chargeOf(visitor);
    const before = await world.db.database.query(
      "select last_paid_at from billing_keys where id = $1",
      [old],
    );
    await world.db.database.execute("update test_clocks set now_at = '2026-02-10T18:00:00Z'");
    await untilOver(world, await register(world, visitor));
    const { billing_key_id: now, status } = await chargeOf(visitor);
    const [{ billing_key_id: present } = { billing_key_id: undefined }] =
      await world.db.database.query<{ billing_key_id: string }>(
        "select billing_key_id from subscriptions where id = $1",
        [visitor.subscription.id],
      );
    expect({ status, key: now }).toEqual({ status: "captured", key: present });
    expect(now).not.toBe(old);
    const after = await world.db.database.query(
      "select last_paid_at from billing_keys where id = $1",
      [old],
    );
    expect(after).toEqual(before);
  });
});

describe("a window that a customer has left, of an invoice that was given up", () => {
  it("does not keep the merchant from collecting it with the key", async () => {
    const visitor = await newcomer(world, { clockAt });
    const worker = world.worker();
    await untilOver(world, await register(world, visitor));
    await spoil("charge", { type: "decline", code: "1142" }, 10);
    await advanceTo(world, visitor.testClockId ?? "", "2026-03-01T12:00:00Z");
    await worker.stop();
    await world.control.clearFaults();
    expect(await chargeOf(visitor)).toMatchObject({ status: "failed" });
    const { windowId } = await enterWindow(world, visitor);
    await world.control.post(`/line-pay/requests/${windowId}/cancel`, {});
    const { id, invoice_id: invoiceId } = await chargeOf(visitor);
    const { accountId, engine } = world;
    expect(await collectInvoice(engine, { accountId, invoiceId })).toBe(id);
    world.worker();
    await eventually("the invoice to be paid", async () => {
      return (await chargeOf(visitor)).status === "captured";
    });
    expect(await standingOf(world, visitor)).toMatchObject(active);
  });
});

describe("a connection whose budget is one call at a time", () => {
  it("confirms a window when the call that is open has ended", async () => {
    const visitor = await newcomer(world);
    const other = await newcomer(world);
    await world.db.database.execute("update gateway_connections set concurrency = 1");
    const first = await enterWindow(world, visitor);
    const second = await enterWindow(world, other);
    await approve(world, first);
    await approve(world, second);
    await world.db.database.execute(
      `update charges set status = 'in_flight', lease_token = gen_random_uuid(),
         lease_until = protocol_now() + interval '1 hour' where subscription_id = $1`,
      [visitor.subscription.id],
    );
    await comeBack(world, second);
    expect(await world.control.payments()).toEqual([]);
    await world.db.database.execute(
      `update charges set status = 'awaiting_customer', lease_token = null, lease_until = null
       where subscription_id = $1`,
      [visitor.subscription.id],
    );
    world.worker();
    expect((await untilOver(world, second)).status).toBe("completed");
  });
});

describe("a window of which the provider says that it is over, and whose payment it hides", () => {
  it("is paid once the payment shows up, though nobody comes back", async () => {
    const visitor = await newcomer(world);
    const trip = await enterWindow(world, visitor);
    await approve(world, trip);
    await spoil("confirm", { type: "drop_answer" });
    await comeBack(world, trip);
    await spoil("details", { type: "stale_lookup" }, 1);
    await spoil("check", { type: "error", code: "0121" }, 1);
    await world.db.database.execute("update charges set look_up_at = protocol_now()");
    await reconcileCharges(world.engine);
    await world.control.clearFaults();
    world.worker();
    await eventually("the payment to be found", async () => {
      return (await standingOf(world, visitor)).invoices.includes("period 0 paid 299");
    });
    expect(await booksOf(world, visitor)).toEqual(["payment 299"]);
  });
});

describe("a customer who cancels and whose payment arrives all the same", () => {
  it("leaves no key alive at a provider that wants unused keys deleted", async () => {
    const visitor = await newcomer(world);
    const trip = await enterWindow(world, visitor);
    await approve(world, trip);
    await world.db.database.execute(
      "create or replace function cancel_it() returns trigger language plpgsql as $$ begin update subscriptions set status = 'canceled', canceled_at = now() where id = new.subscription_id; return new; end $$",
    );
    await world.db.database.execute(
      `create trigger cancel_it after update of status on charges for each row
       when (new.status = 'in_flight') execute function cancel_it()`,
    );
    await comeBack(world, trip);
    const keys = await world.db.database.query("select status from billing_keys");
    expect(keys).toEqual([{ status: "revoked" }]);
  });
});
