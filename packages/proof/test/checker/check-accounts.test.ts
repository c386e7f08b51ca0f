/** What the checker catches: each promise is broken once, in evidence of a clean run, and only it. */
import { describe, expect, it } from "vitest";
import { checkAccounts, type Report } from "../../src/checker/check-accounts.ts";
import {
  account,
  attempt,
  call,
  charge,
  event,
  invoice,
  lookUp,
  money,
  orderId,
  price,
  renumber,
  row,
  story,
  subscription,
  unpaid,
  type Story,
} from "./story.ts";

/** The promises that are broken, by their numbers. */
function broken(run: Story): number[] {
  return brokenIn(checkAccounts(run));
}

function brokenIn({ invariants }: Report): number[] {
  return invariants.flatMap(({ number, violations }) => (violations.length > 0 ? [number] : []));
}

function after(change: (run: Story) => void): Story {
  const run = story();
  change(run);
  return run;
}

describe("a clean run", () => {
  it("passes, and is counted", () => {
    const { accounts, invariants, ...rest } = checkAccounts(story());
    expect(invariants.flatMap(({ violations }) => violations)).toEqual([]);
    expect(rest).toEqual({
      violations: 0,
      passed: 11,
      failed: 0,
      unjudged: 1, // No secret was planted.
      subscriptions: 1,
      invoices: 3,
      charges: 3,
      attempts: 4,
      payments: 3,
      refunds: 1,
      events: 15,
      calls: 7,
      foreignPayments: 0,
    });
    expect(accounts.map(({ accountId, broken: numbers }) => [accountId, numbers])).toEqual([
      [account, []],
    ]);
  });

  it("is looked at: every promise has something to judge", () => {
    const { invariants } = checkAccounts({ ...story(), secrets: ["planted-secret"] });
    expect(invariants.filter(({ checked }) => checked === 0)).toEqual([]);
  });

  it("passes without a call log, a journal and expectations", () => {
    const { facts, ledger, tables } = story();
    expect(brokenIn(checkAccounts({ facts, ledger, tables }))).toEqual([]);
  });
});

describe("1. at most one payment per period", () => {
  const twice = after(({ ledger }) => {
    const again = { paymentId: "pay_1b", at: "2026-02-28T01:00:01Z" };
    ledger.push({ sequence: 9, ...money("payment", 1, again) });
  });

  it("is broken by a second payment under another order id", () => {
    expect(broken(twice)).toEqual([1]);
    const [first] = checkAccounts(twice).invariants;
    expect(first?.violations).toEqual([
      `period 1 of ${subscription} was paid 2 times: 9900 KRW as pay_1 at toss under ${orderId(1, 1)}, 2026-03-03T01:00:01.000Z; 9900 KRW as pay_1b at toss under ${orderId(1)}, 2026-02-28T01:00:01.000Z`,
    ]);
  });

  it("is broken even when the second payment was refunded", () => {
    const refunded = {
      sequence: 10,
      ...money("refund", 1, { paymentId: "pay_1b", at: "2026-03-04T00:00:00Z" }),
    };
    expect(broken({ ...twice, ledger: [...twice.ledger, refunded] })).toEqual([1]);
  });

  it("is broken by one payment that was taken twice", () => {
    const same = after(({ ledger }) => ledger.push({ ...ledger[0], sequence: 9 }));
    expect(broken(same)).toEqual([1]);
  });

  it("is not broken by money that was held and let go", () => {
    const held = { paymentId: "pay_1b", at: "2026-02-28T01:00:01Z" };
    const released = after(({ ledger }) => {
      ledger.push({ sequence: 9, ...money("authorization", 1, held) });
      ledger.push({ sequence: 10, ...money("void", 1, held) });
    });
    expect(broken(released)).toEqual([]);
  });

  it("is excused only where the provider may pay twice, and somebody has said so", () => {
    const facts = { ...twice.facts, providerMayPayTwice: true };
    expect(broken({ ...twice, facts })).toEqual([1]);
    const named = {
      account_id: account,
      kind: "second_payment",
      order_id: null,
      payment_id: "pay_1b",
      charge_id: null,
    };
    const tables = { ...twice.tables, sweep_findings: [named] };
    expect(broken({ ...twice, tables, facts })).toEqual([]);
  });
});

describe("2. no lost period", () => {
  it("is broken by a period that fell due and has no invoice", () => {
    expect(broken(after(({ facts }) => (facts.asOf = "2026-04-30T02:00:00Z")))).toEqual([2]);
  });

  it("is not broken before the period is due", () => {
    expect(broken(after(({ facts }) => (facts.asOf = "2026-04-30T01:00:30Z")))).toEqual([]);
  });

  it("is not broken for a subscription that has ended, or that nobody serves", () => {
    const ends = { "subscription.canceled": "canceled", "subscription.unpaid": "unpaid" };
    for (const [type, status] of Object.entries(ends)) {
      const over = after((run) => {
        run.facts.asOf = "2026-08-01T00:00:00Z";
        run.tables["events"]?.push(event(type, "2026-04-10T00:00:00+00:00"));
        const canceled_at = status === "canceled" ? "2026-04-10T00:00:00+00:00" : null;
        Object.assign(row(run, "subscriptions"), { status, canceled_at });
        renumber(run);
      });
      expect(broken(over)).toEqual([]);
    }
  });

  it("is broken by an open invoice that nothing collects and nobody is asked about", () => {
    const stuck = (method_required: boolean) =>
      after((run) => {
        run.facts.asOf = "2026-04-30T02:00:00Z";
        const due = "2026-04-30T01:00:00+00:00";
        run.tables["invoices"]?.push({
          ...invoice(3, ["2026-04-30", "2026-05-31"], due),
          status: "open",
        });
        run.tables["events"]?.push(
          event("invoice.opened", due, { invoiceId: "inv_3", periodIndex: 3 }),
        );
        row(run, "subscriptions")["method_required"] = method_required;
        renumber(run);
      });
    expect(broken(stuck(false))).toEqual([2]);
    expect(broken(stuck(true))).toEqual([]);
  });

  it("is broken by a period that whoever drove the run expects", () => {
    const more = after(({ expectations }) =>
      expectations.push({ ...expectations[0], periodIndex: 7 }),
    );
    expect(broken(more)).toEqual([2]);
  });
});

describe("3. paid means paid", () => {
  it("is broken by a charge that is captured without a payment", () => {
    expect(broken(after(({ ledger }) => ledger.shift()))).toEqual([3]);
  });

  it("is broken by a payment of another amount", () => {
    expect(broken(after(({ ledger }) => Object.assign(ledger[0] ?? {}, { amount: 99 })))).toEqual([
      3,
    ]);
  });

  const unheard = after((run) => {
    run.facts.asOf = "2026-04-30T02:00:00Z";
    const due = "2026-04-30T01:00:00+00:00";
    run.tables["invoices"]?.push({
      ...invoice(3, ["2026-04-30", "2026-05-31"], due),
      status: "open",
    });
    run.tables["charges"]?.push(charge(3, { ...unpaid, status: "scheduled" }));
    run.tables["attempts"]?.push(attempt(3, 1, "refused", due));
    run.tables["events"]?.push(
      event("invoice.opened", due, { invoiceId: "inv_3", periodIndex: 3 }),
    );
    run.ledger.push({ sequence: 9, ...money("payment", 3, { paymentId: "pay_3", at: due }) });
    renumber(run);
  });

  it("is broken by a payment that no charge knows", () => {
    expect(broken(unheard)).toEqual([3]);
  });

  it("is excused where a provider keeps what it has declined, and nobody compares the books", () => {
    const facts = { ...unheard.facts, refusedMayBePaid: true };
    expect(broken({ ...unheard, facts })).toEqual([3]);
    const attempts = unheard.tables["attempts"] ?? [];
    const declined = [...attempts.slice(0, -1), { ...attempts.at(-1), outcome: "declined" }];
    const tables = { ...unheard.tables, attempts: declined };
    expect(broken({ ...unheard, facts, tables })).not.toContain(3);
  });

  it("is not broken by one whose charge is still being found out about, or that a finding names", () => {
    const charges = unheard.tables["charges"]?.map((run) =>
      run["id"] === "chg_3" ? { ...run, status: "reconciling" } : run,
    );
    expect(broken({ ...unheard, tables: { ...unheard.tables, charges: charges ?? [] } })).toEqual(
      [],
    );
    const named = {
      account_id: account,
      kind: "late_success",
      order_id: orderId(3),
      payment_id: "pay_3",
      charge_id: "chg_3",
    };
    expect(broken({ ...unheard, tables: { ...unheard.tables, sweep_findings: [named] } })).toEqual(
      [],
    );
  });

  it("is broken by a payment for a subscription that is nowhere, unless the provider serves others", () => {
    const orphan = after(({ ledger }) => {
      const order = `7${orderId(0).slice(1)}`;
      ledger.push({
        sequence: 9,
        ...money("payment", 0, { orderId: order, paymentId: "pay_9", at: "2026-03-01T00:00:00Z" }),
      });
    });
    expect(broken(orphan)).toEqual([3]);
    expect(broken({ ...orphan, facts: { ...orphan.facts, providerIsShared: true } })).toEqual([]);
  });

  it("passes over payments under order ids of others, and counts them", () => {
    const foreign = { orderId: "ORDER-7", paymentId: "pay_9", at: "2026-03-01T00:00:00Z" };
    const run = after(({ ledger }) =>
      ledger.push({ sequence: 9, ...money("payment", 0, foreign) }),
    );
    const report = checkAccounts(run);
    expect([report.violations, report.foreignPayments]).toEqual([0, 1]);
  });
});

describe("4. committed before it was sent", () => {
  it("is broken by a claim that is younger than its call", () => {
    const late = after(
      (run) => (row(run, "attempts")["claimed_at"] = "2026-01-31T01:00:01.150+00:00"),
    );
    expect(broken(late)).toEqual([4]);
  });

  const again = after(({ calls }) =>
    calls.push({
      ...call("charge", orderId(0), "2026-01-31T01:00:05Z", { answered: 409 }),
      sequence: 9,
    }),
  );

  it("is broken by a second request of one attempt, unless the network may repeat it", () => {
    expect(broken(again)).toEqual([4]);
    expect(broken({ ...again, facts: { ...again.facts, networkMayRepeat: true } })).toEqual([]);
  });

  it("is not broken by a request that comes again after it was refused at the door", () => {
    const door = { outcome: { answered: 401 }, processed: false };
    const calls = again.calls.map((run, index) => (index === 0 ? { ...run, ...door } : run));
    expect(broken({ ...again, calls })).toEqual([]);
  });

  it("is broken by a refund that nobody asked for", () => {
    const elsewhere = after((run) => (row(run, "refunds")["origin"] = "provider"));
    expect(broken(elsewhere)).toEqual([4]);
  });

  it("is broken by a call without a line in the journal", () => {
    expect(broken(after(({ journal }) => journal.shift()))).toEqual([4]);
  });

  it("is excused where commits were lost and the journal knows", () => {
    const lost = after((run) => {
      run.calls.push({
        ...call("charge", orderId(0), "2026-01-31T01:00:00.500Z", "swallowed"),
        sequence: 0,
      });
      run.journal.push({ ...run.journal[0], at: "2026-01-31T01:00:00.400Z" });
      run.calls.sort((one, other) => Number(one["sequence"]) - Number(other["sequence"]));
    });
    expect(broken(lost)).toEqual([4]);
    const lostSpans = [{ fromAt: "2026-01-31T01:00:00Z", toAt: "2026-01-31T01:00:02Z" }];
    expect(broken({ ...lost, facts: { ...lost.facts, lostSpans } })).toEqual([]);
    expect(
      broken({ ...lost, journal: lost.journal.slice(0, -1), facts: { ...lost.facts, lostSpans } }),
    ).toEqual([4]);
  });
});

describe("5. on time", () => {
  it("is broken by a claim before the period is due", () => {
    const early = after(
      (run) => (row(run, "attempts", 3)["claimed_at"] = "2026-03-30T23:59:59+00:00"),
    );
    expect(broken(early)).toEqual([5]);
  });

  const canceled = (canceled_at: string) =>
    after((run) => {
      run.tables["events"]?.push(event("subscription.canceled", canceled_at));
      Object.assign(row(run, "subscriptions"), { status: "canceled", canceled_at });
      renumber(run);
    });

  it("is broken by a claim after the cancel, not by one before it", () => {
    expect(broken(canceled("2026-03-31T01:00:00.500+00:00"))).toEqual([5]);
    expect(broken(canceled("2026-03-31T01:00:01.500+00:00"))).toEqual([]);
  });

  it("takes the word of whoever drove the run for when a cancel was answered", () => {
    const told = canceled("2026-03-31T01:00:01.500+00:00");
    const committedAt = "2026-03-31T01:00:00Z";
    const expectations = [
      ...told.expectations,
      { of: "cancel", subscriptionId: subscription, committedAt },
    ];
    expect(broken({ ...told, expectations })).toEqual([5]);
  });

  it("is judged by the test clock where there is one", () => {
    const onClock = (captured_at: string) =>
      after((run) => {
        row(run, "subscriptions")["test_clock_id"] = "clk_1";
        row(run, "charges", 2)["captured_at"] = captured_at;
        run.tables["test_clocks"] = [
          {
            account_id: account,
            id: "clk_1",
            now_at: "2026-04-01T00:00:00+00:00",
            target_at: null,
          },
        ];
      });
    expect(broken(onClock("2026-03-31T01:00:00+00:00"))).toEqual([]);
    expect(broken(onClock("2026-03-31T00:59:59+00:00"))).toEqual([5]);
  });
});

/** Another price, chosen in February: it counts from March on. */
function repriced(run: Story, unit = "month"): void {
  const created_at = "2026-02-01T00:00:00+00:00";
  run.tables["prices"]?.push({ ...price("price_2", 12_900, unit), created_at });
  const chosen = event("subscription.price_change_scheduled", "2026-02-10T00:00:00+00:00", {
    priceId: "price_2",
  });
  run.tables["events"]?.splice(6, 0, chosen);
  renumber(run);
}

/** What the third period costs, wherever it stands. */
function costs(run: Story, amount: number): void {
  row(run, "invoices", 2)["amount_minor"] = amount;
  Object.assign(row(run, "charges", 2), { amount_minor: amount, captured_minor: amount });
  row(run, "attempts", 3)["amount_minor"] = amount;
  Object.assign(run.ledger[2] ?? {}, { amount });
}

describe("6. the amounts that were agreed", () => {
  it("is broken by a price that nobody chose, though all books agree on it", () => {
    const dear = after((run) => {
      run.expectations = [];
      costs(run, 12_900);
    });
    expect(broken(dear)).toEqual([6]);
  });

  it("is broken by a change of plan that is forgotten, and holds when it is followed", () => {
    const changed = (amount: number) =>
      after((run) => {
        run.expectations = [];
        repriced(run);
        costs(run, amount);
      });
    expect(broken(changed(9_900))).toEqual([6]);
    expect(broken(changed(12_900))).toEqual([]);
  });

  it("is broken by a request for another amount than the charge's", () => {
    expect(broken(after((run) => (row(run, "attempts")["amount_minor"] = 99)))).toEqual([6]);
  });

  it("is broken by another amount than whoever drove the run expects", () => {
    const more = after(({ expectations }) =>
      Object.assign(expectations[0] ?? {}, { amountMinor: 1 }),
    );
    expect(broken(more)).toEqual([6]);
  });
});

describe("7. unknown stays unknown", () => {
  it("is broken by a charge that is captured on nobody's word", () => {
    const guessed = after((run) => {
      row(run, "attempts", 3)["outcome"] = "unknown";
      run.tables["look_ups"] = [lookUp(2, "no_answer", "2026-03-31T01:00:30+00:00")];
    });
    expect(broken(guessed)).toEqual([7]);
  });

  it("is not broken when a look-up has found it, though the attempt stays unknown", () => {
    expect(broken(after((run) => (row(run, "attempts", 3)["outcome"] = "unknown")))).toEqual([]);
  });

  const failed = (look_ups: string[]) =>
    after((run) => {
      run.expectations.pop();
      Object.assign(row(run, "charges", 2), { ...unpaid, status: "failed", refunded_minor: 0 });
      Object.assign(row(run, "invoices", 2), { status: "open" });
      Object.assign(row(run, "subscriptions"), { status: "unpaid", method_required: true });
      row(run, "attempts", 3)["outcome"] = "unknown";
      run.tables["refunds"] = [];
      run.tables["look_ups"] = look_ups.map((finding) =>
        lookUp(2, finding, "2026-03-31T01:00:30+00:00"),
      );
      run.ledger.splice(2);
      run.calls.splice(6);
      run.journal.splice(4);
      const at = "2026-03-31T01:10:00+00:00";
      run.tables["events"]?.splice(12);
      run.tables["events"]?.push(
        event("charge.failed", at, { chargeId: "chg_2" }),
        event("subscription.unpaid", at),
      );
      renumber(run);
    });

  it("is broken by a charge that failed while its send was unknown", () => {
    expect(broken(failed([]))).toEqual([7]);
    expect(broken(failed(["not_found"]))).toEqual([7]);
  });

  it("is not broken when the provider has said what became of it", () => {
    expect(broken(failed(["failed"]))).toEqual([]);
    expect(broken(failed(["not_found", "not_found"]))).toEqual([]);
  });

  it("is not broken when a recovery has asked for itself, as nothing was left to collect", () => {
    const asked = (state: string, not_found_count: number) => {
      const run = failed([]);
      const { account_id, id: attempt_id } = row(run, "attempts", 3);
      run.tables["recovery_sends"] = [{ account_id, attempt_id, state, not_found_count }];
      return broken(run);
    };
    expect(asked("settled", 1)).toEqual([]);
    expect(asked("settled", 0)).toEqual([7]);
    expect(asked("open", 1)).toEqual([7]);
  });

  it("is broken by a decline that the call log knows nothing of", () => {
    const silent = after(({ calls }) => Object.assign(calls[1] ?? {}, { outcome: "swallowed" }));
    expect(broken(silent)).toEqual([7]);
  });
});

describe("8. refunds in balance", () => {
  it("is broken by more money given back than was taken", () => {
    const generous = after((run) => {
      Object.assign(run.ledger[3] ?? {}, { amount: 10_000 });
      row(run, "refunds")["status"] = "reconciling";
      Object.assign(row(run, "charges", 2), { refunded_minor: 0, refunding_minor: 3_000 });
      run.tables["events"]?.pop();
      renumber(run);
    });
    expect(broken(generous)).toEqual([8]);
  });

  it("is broken by a refund in our books that the provider did not make, and the other way round", () => {
    expect(broken(after(({ ledger }) => ledger.pop()))).toEqual([8]);
    const missed = after((run) => {
      run.tables["refunds"] = [{ ...row(run, "refunds"), origin: "maedal", status: "requested" }];
      Object.assign(row(run, "charges", 2), { refunded_minor: 0, refunding_minor: 3_000 });
      run.tables["events"]?.pop();
      renumber(run);
    });
    expect(broken(missed)).toEqual([8]);
  });

  it("is broken by a second refund that nobody knows, though one was found and booked before", () => {
    const last = { paymentId: "pay_2", at: "2026-04-02T01:00:00Z" };
    const later = after((run) => {
      run.ledger.push({ sequence: 9, ...money("refund", 2, { amount: 1_000, ...last }) });
      const { account_id, payment_id } = row(run, "charges", 2);
      const found = { account_id, payment_id, order_id: null, charge_id: null };
      run.tables["sweep_findings"] = [{ ...found, kind: "refund_elsewhere", settled_by: "maedal" }];
    });
    expect(broken(later)).toEqual([8]);
  });

  it("is broken by a sum that the refunds do not add up to", () => {
    const off = after((run) => {
      row(run, "charges", 2)["refunded_minor"] = 4_000;
      Object.assign(run.ledger[3] ?? {}, { amount: 4_000 });
    });
    expect(broken(off)).toEqual([8]);
  });
});

describe("money that a window took for a period with which the subscription did not begin", () => {
  /** The first period is opened last: the subscription began with the second. */
  const replaced = (change: (run: Story) => void) =>
    after((run) => {
      const told = run.tables["events"] ?? [];
      const at = told.findIndex(({ type }) => type === "invoice.opened");
      const next = told.findIndex(({ type }, n) => type === "invoice.opened" && n > at);
      told.splice(next, 0, ...told.splice(at, 1));
      Object.assign(row(run, "subscriptions"), { anchor_on: "2026-02-28", anchor_period: 1 });
      Object.assign(row(run, "invoices", 1), { period_ends_on: "2026-03-28" });
      const later = { period_starts_on: "2026-03-28", period_ends_on: "2026-04-28" };
      Object.assign(row(run, "invoices", 2), { ...later, due_at: "2026-03-28T01:00:00+00:00" });
      run.expectations = [];
      renumber(run);
      change(run);
    });

  it("breaks 8 when it is kept", () => {
    expect(broken(replaced(() => undefined))).toEqual([8]);
  });

  it("is well when it is on its way back", () => {
    const goingBack = { refunding_minor: 9_900 };
    expect(broken(replaced((run) => Object.assign(row(run, "charges"), goingBack)))).toEqual([]);
  });
});

describe("9. one event for each transition", () => {
  const without = (type: string) =>
    after((run) => {
      const events = run.tables["events"] ?? [];
      const last = events.findLastIndex((told) => told["type"] === type);
      events.splice(last, 1);
      renumber(run);
    });

  it("is broken by a transition that nobody was told of", () => {
    for (const type of [
      "invoice.paid",
      "charge.captured",
      "charge.refunded",
      "subscription.recovered",
    ]) {
      expect([type, broken(without(type))]).toEqual([type, [9]]);
    }
  });

  it("is broken by one that is told twice", () => {
    const twice = after((run) => {
      run.tables["events"]?.push({ ...row(run, "events", 12) });
      renumber(run);
    });
    expect(broken(twice)).toEqual([9]);
  });

  it("is broken by a gap in the numbers", () => {
    expect(broken(after((run) => (row(run, "events", 14)["sequence"] = 17)))).toEqual([9]);
  });
});

describe("10. no secret leaks", () => {
  const secret = "live_sk_planted/secret";
  const planted = (change: (run: Story) => void) =>
    brokenIn(checkAccounts({ ...after(change), secrets: [secret] }));

  it("is broken by a secret in a table, plain, encoded or as bytes", () => {
    const forms = [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64"),
      `\\x00${Buffer.from(secret).toString("hex")}ff`,
    ];
    for (const exchange of forms) {
      expect(planted((run) => (row(run, "attempts")["exchange"] = exchange))).toEqual([10]);
    }
  });

  it("is broken by one in a table that the checker knows nothing of, in the journal, or in a file", () => {
    expect(planted((run) => (run.tables["audit"] = [{ note: `run was ${secret}` }]))).toEqual([10]);
    expect(planted((run) => Object.assign(run.journal[0] ?? {}, { via: secret }))).toEqual([10]);
    const texts = [{ name: "server.log", text: `{"key":"${secret}"}` }];
    const { invariants } = checkAccounts({ ...story(), secrets: [secret], texts });
    expect(invariants.flatMap(({ violations }) => violations)).toEqual([
      "server.log contains planted secret 1",
    ]);
  });

  it("is not broken by what the provider's own side says", () => {
    expect(planted((run) => Object.assign(run.ledger[0] ?? {}, { key: secret }))).toEqual([]);
  });

  it("takes no secret that stands in any text by chance", () => {
    expect(() => checkAccounts({ ...story(), secrets: ["won"] })).toThrow(RangeError);
  });
});

describe("11. order ids hold", () => {
  it("is broken by a next order id while the one before was unknown", () => {
    expect(broken(after((run) => (row(run, "attempts", 1)["outcome"] = "unknown")))).toEqual([11]);
  });

  it("is not broken when the provider has said that the one before failed", () => {
    const found = after((run) => {
      row(run, "attempts", 1)["outcome"] = "unknown";
      run.tables["look_ups"]?.push(lookUp(1, "failed", "2026-02-28T01:05:00+00:00"));
    });
    expect(broken(found)).toEqual([]);
  });

  it("is broken by an order id that names another period", () => {
    const wrong = after((run) => {
      row(run, "attempts", 1)["order_id"] = orderId(5);
      run.calls.splice(1, 1);
      run.journal.splice(1, 1);
    });
    expect(broken(wrong)).toEqual([11]);
  });

  it("is broken by two live charges of one invoice", () => {
    const two = after((run) => {
      const second = { id: "chg_2b", status: "scheduled", generation: 1, order_id: orderId(2, 1) };
      run.tables["charges"]?.push(charge(2, { ...unpaid, ...second }));
    });
    expect(broken(two)).toEqual([11]);
  });
});

describe("12. dates do not drift", () => {
  it("is broken by a March that begins on the 28th because February did", () => {
    const drifted = after((run) => {
      run.expectations = [];
      Object.assign(row(run, "invoices", 1), { period_ends_on: "2026-03-28" });
    });
    expect(broken(drifted)).toEqual([12]);
  });

  it("is broken by another time of the day", () => {
    const late = after((run) => (row(run, "invoices", 2)["due_at"] = "2026-03-31T02:00:00+00:00"));
    expect(broken(late)).toEqual([12]);
  });

  it("follows a plan with another cycle from the day on which its first period begins", () => {
    const yearly = (ends: string) =>
      after((run) => {
        run.expectations = [];
        repriced(run, "year");
        costs(run, 12_900);
        row(run, "invoices", 2)["period_ends_on"] = ends;
      });
    expect(broken(yearly("2027-03-31"))).toEqual([]);
    expect(broken(yearly("2026-04-30"))).toEqual([12]);
  });

  it("is broken by another day than whoever drove the run expects", () => {
    const other = after(({ expectations }) =>
      Object.assign(expectations[1] ?? {}, { startsOn: "2026-03-01" }),
    );
    expect(broken(other)).toEqual([12]);
  });
});

describe("evidence of several accounts", () => {
  const other = JSON.parse(
    JSON.stringify(after(({ ledger }) => ledger.shift()))
      .replaceAll(account, "acct_2")
      .replaceAll("0123456789", "1123456789")
      .replaceAll("pay_", "pay_b"),
  ) as Story;
  const own = story();
  const tables = Object.fromEntries(
    Object.entries(own.tables).map(([name, rows]) => [
      name,
      [...rows, ...(other.tables[name] ?? [])],
    ]),
  );
  const both = {
    ...own,
    ledger: [...own.ledger, ...other.ledger],
    calls: [...own.calls, ...other.calls],
    journal: [...own.journal, ...other.journal],
    tables,
  };

  it("is judged account by account, and in sum", () => {
    const report = checkAccounts(both);
    expect(report.accounts.map(({ accountId, broken: numbers }) => [accountId, numbers])).toEqual([
      [account, []],
      ["acct_2", [3]],
    ]);
    expect([report.violations, report.charges, brokenIn(report)]).toEqual([1, 6, [3]]);
  });

  it("is judged for one account when that is asked for", () => {
    expect(checkAccounts({ ...both, account }).violations).toBe(0);
    expect(checkAccounts({ ...both, account: "acct_2" }).violations).toBe(1);
    expect(() => checkAccounts({ ...both, account: "acct_3" })).toThrow(RangeError);
  });
});

describe("evidence that cannot be read", () => {
  it("is refused by the name of its line", () => {
    const odd = after((run) => (row(run, "charges", 1)["amount_minor"] = "a lot"));
    expect(() => checkAccounts(odd)).toThrow(/tables\/charges, line 2: amount_minor/);
  });
});
