import { describe, expect, it } from "vitest";
import { createLinePay } from "./line-pay-world.ts";

/** A payer who is logged in to their wallet, without a browser. */
async function wallet() {
  const world = createLinePay();
  const { pages, payer, state } = world;
  const ask = async (path: string) => pages.request(path);
  const send = async (path: string, fields: Record<string, string>) =>
    pages.request(path, { method: "POST", body: new URLSearchParams(fields) });
  const path = locationOf(await send("/my", { identity: payer.email }));
  const read = async (step = "") => (await ask(`${path}${step}`)).text();
  const balanceOf = (currency: "TWD" | "THB") => state.payers.get(payer.id)?.balances[currency];
  const cards = () => state.methodsOf(payer.id, "TWD").cards;
  const [card] = cards();
  if (card === undefined) throw new Error("The seeded payer has cards.");
  return { ...world, ask, send, path, read, balanceOf, cards, card };
}

const locationOf = (answer: Response) => answer.headers.get("location") ?? "";

/** What the delete buttons of a page send, in the order of the page. */
function fingerprintsOn(page: string): string[] {
  return [...page.matchAll(/name="fingerprint" value="(\w+)"/g)].map(([, value = ""]) => value);
}

describe("logging in to the wallet", () => {
  it("refuses somebody unknown with words", async () => {
    const { send } = await wallet();
    const answer = await send("/my?lang=zh-TW", { identity: "nobody@example.com" });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("沒有付款人使用此電子郵件或電話號碼");
  });

  it("leads every address of a log-in that does not exist to the log-in page", async () => {
    const { ask, send } = await wallet();
    const answers = [
      await ask("/my/login_forged"),
      await ask("/my/login_forged/payments"),
      await send("/my/login_forged/balances/TWD", { amount: "1", move: "top-up" }),
    ];
    expect(answers.map(locationOf)).toEqual(["/my", "/my", "/my"]);
  });

  it("ends with logging out", async () => {
    const { ask, send, path } = await wallet();
    await send(`${path}/log-out`, {});
    expect(locationOf(await ask(path))).toBe("/my");
  });
});

describe("a payer's balance", () => {
  it("grows by topping up and shrinks by withdrawing", async () => {
    const { send, path, balanceOf } = await wallet();
    const before = [balanceOf("TWD"), balanceOf("THB")];
    await send(`${path}/balances/TWD`, { amount: "1,500", move: "top-up" });
    await send(`${path}/balances/THB`, { amount: "0.50", move: "withdraw" });
    expect([balanceOf("TWD"), balanceOf("THB")]).toEqual([
      (before[0] ?? 0) + 1_500,
      (before[1] ?? 0) - 50,
    ]);
  });

  it.each(["", "0", "-5", "1.5", "9999999999", "<b>"])(
    "does not change by an amount of %j TWD",
    async (amount) => {
      const { send, path, balanceOf } = await wallet();
      const before = balanceOf("TWD");
      const answer = await send(`${path}/balances/TWD`, { amount, move: "top-up" });
      expect([answer.status, balanceOf("TWD")]).toEqual([422, before]);
      expect(await answer.text()).toContain("Enter an amount such as 1000.");
    },
  );

  it("cannot be overdrawn", async () => {
    const { send, path, balanceOf } = await wallet();
    const before = balanceOf("TWD");
    const answer = await send(`${path}/balances/TWD`, {
      amount: String((before ?? 0) + 1),
      move: "withdraw",
    });
    expect([answer.status, balanceOf("TWD")]).toEqual([422, before]);
    expect(await answer.text()).toContain("There is not that much left.");
  });
});

describe("a payer's cards", () => {
  it("can be added and removed", async () => {
    const { send, path, cards, card } = await wallet();
    const before = cards().length;
    await send(`${path}/cards/new`, { number: "4111 1111 1111 4242", nickname: "" });
    await send(`${path}/cards/remove`, { cardId: card.id });
    await send(`${path}/cards/remove`, { cardId: card.id });
    expect([cards().length, cards().includes(card), cards().at(-1)?.last4]).toEqual([
      before,
      false,
      "4242",
    ]);
  });

  it("decline with a return code while a tester has set one", async () => {
    const { send, path, state, card, read, payer } = await wallet();
    const problem = () => state.methodProblem({ payerId: payer.id, method: card.id }, 1_000, "TWD");
    await send(`${path}/cards/decline-code`, { cardId: card.id, declineCode: "1288" });
    expect([problem(), (await read()).includes("Declines with 1288")]).toEqual(["1288", true]);
    await send(`${path}/cards/decline-code`, { cardId: card.id, declineCode: "" });
    expect(problem()).toBeUndefined();
  });

  it.each(["0000", "12", "abcd"])("take no %j for a return code", async (declineCode) => {
    const { send, path, state, card } = await wallet();
    const answer = await send(`${path}/cards/decline-code`, { cardId: card.id, declineCode });
    expect([answer.status, state.cards.get(card.id)?.declineCode]).toEqual([422, null]);
  });

  it("of somebody else are not touched", async () => {
    const { send, path, state } = await wallet();
    const other = state.addPayer({ name: "Other" });
    const theirs = state.addCard({ payerId: other.id, brand: "VISA", nickname: "", last4: "9999" });
    await send(`${path}/cards/remove`, { cardId: theirs.id });
    await send(`${path}/cards/decline-code`, { cardId: theirs.id, declineCode: "1288" });
    expect(state.cards.get(theirs.id)).toEqual(theirs);
  });
});

describe("a payer's automatic payments", () => {
  it("name merchant, product, method and times, but never the key", async () => {
    const { register, read, card } = await wallet();
    const regKey = register(card.id);
    const page = await read("/automatic-payments");
    for (const text of ["Maedal Shop", "OTT Premium", `VISA •••• ${card.last4}`, "UTC"]) {
      expect(page).toContain(text);
    }
    expect(page).not.toContain(regKey);
  });

  it("end with the delete button, and the key answers 1141 from then on", async () => {
    const { register, read, send, path, state } = await wallet();
    const { channelId } = state.merchants.first()?.[1] ?? { channelId: "" };
    const [kept, deleted] = [register(), register()];
    const [, second = ""] = fingerprintsOn(await read("/automatic-payments"));
    const deletion = { fingerprint: second };
    const answer = await send(`${path}/automatic-payments/delete`, deletion);
    await send(`${path}/automatic-payments/delete`, deletion);
    expect([answer.status, locationOf(answer)]).toEqual([303, `${path}/automatic-payments`]);
    expect(state.livingKey(channelId, deleted)).toEqual({ problem: "1141" });
    expect(state.livingKey(channelId, kept)).toEqual(state.regKeys.get(kept));
    expect(fingerprintsOn(await read("/automatic-payments"))).toHaveLength(1);
  });

  it("cannot be ended by another payer", async () => {
    const { register, read, send, state } = await wallet();
    const regKey = register();
    const [fingerprint = ""] = fingerprintsOn(await read("/automatic-payments"));
    const other = state.addPayer({ name: "Other" });
    const theirs = locationOf(await send("/my", { identity: other.email }));
    await send(`${theirs}/automatic-payments/delete`, { fingerprint });
    expect(state.regKeys.get(regKey)?.ended).toBeNull();
  });
});

describe("a payer's history", () => {
  it("shows payments, declines and refunds, newest first", async () => {
    const { state, payer, read, reserve } = await wallet();
    const { channelId, packages } = reserve();
    const order = {
      channelId,
      packages,
      currency: "TWD",
      productName: "OTT Premium",
      regKey: null,
      payerId: payer.id,
      method: "balance",
    } as const;
    const paid = { ...order, transactionId: "1", orderId: "SUB-0001", amountMinor: 999 };
    const payment = state.pay(paid, { capture: true, isMasked: false });
    state.refundPayment(payment, 100);
    state.keepDeclined({ ...order, transactionId: "2", orderId: "SUB-0002", amountMinor: 1_998 });
    const page = await read("/payments");
    const shown = [...page.matchAll(/SUB-\d+|TWD [\d,]+|>(?:Paid|Declined)</g)].map(String);
    expect(shown).toEqual([
      ">Declined<",
      "TWD 1,998",
      "SUB-0002",
      ">Paid<",
      "TWD 999",
      "SUB-0001",
      "TWD 100",
    ]);
  });

  it("is empty at first", async () => {
    const { read } = await wallet();
    expect(await read("/payments")).toContain("There is no payment yet.");
  });
});

describe("the wallet in another language", () => {
  it.each(["en", "ko", "ja", "th", "zh-TW", "zh-CN"])("leaves no gap in %s", async (language) => {
    const { register, read } = await wallet();
    register();
    for (const step of ["", "/cards/new", "/automatic-payments", "/payments"]) {
      const page = await read(`${step}?lang=${language}`);
      expect(page).toContain(`<html lang="${language}">`);
      expect(page).not.toMatch(/\{\w+\}|undefined/);
    }
  });
});
