import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { codeOf, startLinePay, type LinePayMerchant } from "./support/line-pay.ts";
import type { Json, World } from "./support/world.ts";

const running = startLinePay();
let world: World;
let linePay: LinePayMerchant;
let regKey: string;
beforeEach(async () => {
  ({ world, linePay } = await running);
  await world.control("POST", "/reset");
  await world.control("POST", "/requests/clear");
  ({ regKey } = await linePay.register());
});
afterAll(() => world.stop());

const orderId = "SUB-0001-2026-10";
const order = (action: unknown, operation = "charge", more: object = {}) =>
  world.control("POST", "/faults", { provider: "line_pay", operation, action, ...more });
const requests = (operation = "charge") =>
  world.control("GET", `/requests?operation=${operation}&provider=line_pay`);
const lookUp = () => linePay.get(`/v3/payments?orderId=${orderId}`);

/** Waits until a charge has arrived, or until its fate is settled too. */
async function arrived(isSettled: boolean): Promise<Json> {
  const [request] = await requests();
  const isThere = request !== undefined && (!isSettled || request.outcome !== null);
  return isThere ? request : arrived(isSettled);
}

/** Sends a charge whose answer never comes, and gives up once the emulator has done its part. */
async function unanswered(): Promise<Json> {
  const patience = new AbortController();
  const ended = expect(linePay.charge(regKey, {}, { signal: patience.signal })).rejects.toThrow();
  const request = await arrived(true);
  patience.abort();
  await ended;
  return request;
}

describe("a charge that is committed but not answered in time", () => {
  it("is found by its orderId, and cannot be charged again", async () => {
    await order("drop_answer");
    expect((await unanswered()).processed).toBe(true);
    const { body } = await lookUp();
    expect([body.returnCode, body.info[0].payStatus]).toEqual(["0000", "CAPTURE"]);
    expect(codeOf(await linePay.charge(regKey))).toBe("1172");
    expect(await world.ledgerOf(orderId)).toEqual([["payment", 999]]);
  });

  it("is there while its answer is still delayed", async () => {
    await order({ type: "delay", ms: 600_000, when: "after" });
    const patience = new AbortController();
    const ended = expect(linePay.charge(regKey, {}, { signal: patience.signal })).rejects.toThrow();
    await arrived(false);
    expect(codeOf(await lookUp())).toBe("0000");
    patience.abort();
    await ended;
  });
});

describe("a charge of which nothing is committed", () => {
  it("is 1150 afterwards, and can be sent again under the same orderId", async () => {
    await order("drop_request");
    expect((await unanswered()).processed).toBe(false);
    expect(codeOf(await lookUp())).toBe("1150");
    expect(codeOf(await linePay.charge(regKey))).toBe("0000");
  });
});

describe("a connection that is cut", () => {
  it("after the commit leaves the money moved", async () => {
    await order("close_after");
    await expect(linePay.charge(regKey)).rejects.toThrow();
    expect(await world.ledgerOf(orderId)).toEqual([["payment", 999]]);
  });

  it("before it leaves nothing", async () => {
    await order("close_before");
    await expect(linePay.charge(regKey)).rejects.toThrow();
    expect(await world.ledgerOf(orderId)).toEqual([]);
  });
});

describe("details that lag", () => {
  it("answer 1150 first, by a fault", async () => {
    await order("stale_lookup", "details");
    await linePay.charge(regKey);
    expect([codeOf(await lookUp()), codeOf(await lookUp())]).toEqual(["1150", "0000"]);
  });

  it("answer 1150 for so many seconds, by a switch", async () => {
    await world.control("POST", "/switches", { provider: "line_pay", detailsLagSeconds: 600 });
    await linePay.charge(regKey);
    const before = codeOf(await lookUp());
    await world.control("POST", "/clock", { by: "PT10M" });
    expect([before, codeOf(await lookUp())]).toEqual(["1150", "0000"]);
  });
});

describe("two calls at once", () => {
  it("on one key are 1198 for the second, and the first is paid", async () => {
    await order({ type: "delay", ms: 600_000, when: "after" });
    const patience = new AbortController();
    const ended = expect(linePay.charge(regKey, {}, { signal: patience.signal })).rejects.toThrow();
    await arrived(false);
    const other = await linePay.register();
    const codes = [
      codeOf(await linePay.charge(regKey, { orderId: "B" })),
      codeOf(await linePay.post(`/v3/payments/preapprovedPay/${regKey}/expire`, {})),
      codeOf(await linePay.charge(other.regKey, { orderId: "C" })),
    ];
    expect(codes).toEqual(["1198", "1198", "0000"]);
    expect(await world.ledgerOf(orderId)).toEqual([["payment", 999]]);
    patience.abort();
    await ended;
  });

  it("that follow each other are both done", async () => {
    const codes = [
      codeOf(await linePay.charge(regKey, { orderId: "A" })),
      codeOf(await linePay.charge(regKey, { orderId: "B" })),
    ];
    expect(codes).toEqual(["0000", "0000"]);
  });

  it("on one reservation are 1198 for the second", async () => {
    await order({ type: "delay", ms: 600_000, when: "before" }, "confirm");
    const id = await linePay.request();
    await linePay.approve(id);
    const patience = new AbortController();
    const path = `/v3/payments/${id}/confirm`;
    const body = { amount: 1_000, currency: "TWD" };
    const ended = expect(linePay.post(path, body, { signal: patience.signal })).rejects.toThrow();
    while ((await requests("confirm")).length < 2) continue; // One confirm registered the key.
    expect(codeOf(await linePay.confirm(id))).toBe("1198");
    patience.abort();
    await ended;
  });
});

describe("bad_gateway", () => {
  it.each([
    ["before", []],
    ["after", [["payment", 999]]],
  ])("%s: is a 502 with HTML", async (when, movements) => {
    await order({ type: "bad_gateway", when });
    const { status, text } = await linePay.charge(regKey);
    expect([status, text.startsWith("<html>")]).toEqual([502, true]);
    expect(await world.ledgerOf(orderId)).toEqual(movements);
  });
});

describe("error", () => {
  it.each(["9000", "1199", "1234"])("%s is HTTP 200 with that code, known or not", async (code) => {
    await order({ type: "error", code });
    const { status, body } = await linePay.charge(regKey);
    expect([status, body.returnCode, typeof body.returnMessage]).toEqual([200, code, "string"]);
    expect(await world.ledgerOf(orderId)).toEqual([]);
  });

  it("after: the money moved nevertheless; and a status may be given", async () => {
    await order({ type: "error", code: "9000", status: 500, when: "after" });
    expect((await linePay.charge(regKey)).status).toBe(500);
    expect(await world.ledgerOf(orderId)).toEqual([["payment", 999]]);
  });
});

describe("decline", () => {
  it("of a charge takes nothing, and kills the key with a code that does", async () => {
    await order({ type: "decline", code: "1282" });
    const codes = [
      codeOf(await linePay.charge(regKey)),
      codeOf(await linePay.charge(regKey, { orderId: "B" })),
    ];
    expect(codes).toEqual(["1282", "1190"]);
  });

  it("of a confirm makes no key", async () => {
    await order({ type: "decline", code: "1280" }, "confirm");
    const id = await linePay.request();
    await linePay.approve(id);
    expect(codeOf(await linePay.confirm(id))).toBe("1280");
    expect(await world.control("GET", "/line-pay/keys")).toHaveLength(1);
  });

  it.each([
    ["1199", ["authorization", "void"]],
    ["1280", ["authorization", "void"]],
    ["1298", ["authorization", "void"]],
    ["1170", ["authorization"]],
  ])("of a capture with %s leaves %j", async (code, kinds) => {
    await order({ type: "decline", code }, "capture");
    const { info } = (await linePay.charge(regKey, { capture: false })).body;
    const path = `/v3/payments/authorizations/${info.transactionId}/capture`;
    expect(codeOf(await linePay.post(path, { amount: 999, currency: "TWD" }))).toBe(code);
    expect((await world.ledgerOf(orderId)).map(([kind]) => kind)).toEqual(kinds);
  });
});

describe("kill_key", () => {
  it.each([
    ["before", "1141", []],
    ["after", "0000", [["payment", 999]]],
  ])("%s: the customer deletes the key", async (when, code, movements) => {
    await order({ type: "kill_key", when });
    expect(codeOf(await linePay.charge(regKey))).toBe(code);
    expect(await world.ledgerOf(orderId)).toEqual(movements);
    expect(codeOf(await linePay.charge(regKey, { orderId: "B" }))).toBe("1141");
  });
});

describe("alter_answer", () => {
  it("changes members at any depth and leaves the long ids exact", async () => {
    const set = { info: { transactionDate: "yesterday" }, brandNew: true };
    await order({ type: "alter_answer", set });
    const { body, text } = await linePay.charge(regKey);
    const { transactionId } = (await lookUp()).body.info[0];
    expect(body).toEqual({
      returnCode: "0000",
      returnMessage: "OK",
      info: { transactionId, transactionDate: "yesterday" },
      brandNew: true,
    });
    expect(text).toContain(`"transactionId":${transactionId},`);
  });
});

describe("rate_limit and outage", () => {
  it.each([
    ["rate_limit", 429],
    ["outage", 503],
  ])("%s is %i, not processed", async (action, status) => {
    await order(action);
    expect((await linePay.charge(regKey)).status).toBe(status);
    expect(await world.ledgerOf(orderId)).toEqual([]);
  });
});

describe("which call a fault hits", () => {
  it.each<[string, object]>([
    ["request", { orderId: "REG-0002" }],
    ["check", { orderId: "REG-0002" }],
    ["confirm", { orderId: "REG-0002", amount: 1_000 }],
    ["capture", { orderId, amount: 999 }],
    ["void", { orderId }],
    ["refund", { orderId: "REG-0002", amount: 20 }],
    ["details", { orderId }],
    ["key_check", {}],
    ["charge", { orderIdPrefix: "SUB-", amount: 999 }],
    ["expire", {}],
  ])("%s, matched by %j", async (operation, match) => {
    await order({ type: "error", code: "9000" }, operation, { match });
    const key = `/v3/payments/preapprovedPay/${regKey}`;
    const id = await linePay.request({ orderId: "REG-0001" });
    const second = await linePay.post("/v3/payments/request", {
      amount: 1_000,
      currency: "TWD",
      orderId: "REG-0002",
      packages: [
        { id: "1", amount: 1_000, products: [{ name: "월간", quantity: 1, price: 1_000 }] },
      ],
      redirectUrls: { confirmUrlType: "NONE" },
    });
    const other = second.body.info?.transactionId ?? id;
    await linePay.approve(other);
    const asked = await linePay.get(`/v3/payments/requests/${other}/check`);
    const confirmed = await linePay.confirm(other);
    const refunded = await linePay.post(`/v3/payments/${other}/refund`, { refundAmount: 20 });
    const charged = await linePay.charge(regKey, { capture: false });
    const held = charged.body.info?.transactionId ?? id;
    const found = await lookUp();
    const captured = await linePay.post(`/v3/payments/authorizations/${held}/capture`, {
      amount: 999,
      currency: "TWD",
    });
    const voided = await linePay.post(`/v3/payments/authorizations/${held}/void`, {});
    const checked = await linePay.get(`${key}/check`);
    const expired = await linePay.post(`${key}/expire`, {});
    const answers = {
      request: second,
      check: asked,
      confirm: confirmed,
      refund: refunded,
      charge: charged,
      details: found,
      capture: captured,
      void: voided,
      key_check: checked,
      expire: expired,
    };
    const hit = Object.entries(answers).filter(([, answer]) => codeOf(answer) === "9000");
    expect(hit.map(([name]) => name)).toEqual([operation]);
  });

  it("is told in the call log, without the signature", async () => {
    const { id } = await order({ type: "error", code: "9000" });
    await linePay.charge(regKey, {}, { nonce: "nonce-1" });
    const [request] = await requests();
    expect(request).toEqual({
      sequence: expect.any(Number),
      provider: "line_pay",
      operation: "charge",
      billingKey: regKey,
      orderId,
      amount: 999,
      method: "POST",
      path: `/v3/payments/preapprovedPay/${regKey}/payment`,
      headers: {
        "x-line-channelid": world.ready.linePay.channelId,
        "x-line-authorization-nonce": "nonce-1",
        "content-type": "application/json",
        "user-agent": expect.any(String),
      },
      body: { productName: "OTT Premium", amount: 999, currency: "TWD", orderId },
      receivedAt: expect.stringMatching(/Z$/),
      outcome: { answered: 200 },
      processed: false,
      fault: { id, type: "error" },
    });
  });

  it("is none for an action that means nothing to it", async () => {
    const refused = order("kill_key", "confirm");
    await expect(refused).rejects.toThrow("This action means nothing to this operation");
  });
});
