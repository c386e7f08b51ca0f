import { describe, expect, it } from "vitest";
import type { ReservationRequest } from "../../src/line-pay/reservations.ts";
import type { Reservation } from "../../src/line-pay/records.ts";
import { createLinePay, waitPath } from "./line-pay-world.ts";

/** The payment page without a browser: plain requests and form posts. */
function payer(changes: Partial<ReservationRequest> = {}) {
  const world = createLinePay();
  const { state, pages } = world;
  const ask = async (path: string) => pages.request(path);
  const send = async (path: string, fields: Record<string, string>) =>
    pages.request(path, { method: "POST", body: new URLSearchParams(fields) });
  const reservation = world.reserve(changes);
  const status = () => state.getReservation(reservation.transactionId)?.status;
  const [card] = state.methodsOf(world.payer.id, "TWD").cards;
  if (card === undefined) throw new Error("The seeded payer has cards.");

  /** Path of a window that was just opened. */
  const openWindow = async () => locationOf(await ask(waitPath(reservation)));
  async function logIn(): Promise<string> {
    const window = await openWindow();
    await send(`${window}/log-in`, { identity: world.payer.email });
    return window;
  }
  /** Path of a window where only the password is missing. */
  async function choose(method = "balance"): Promise<string> {
    const window = await logIn();
    await send(`${window}/payment`, { method, agreeAutomatic: "on" });
    return window;
  }
  return { ...world, ask, send, reservation, status, card, openWindow, logIn, choose };
}

const locationOf = (answer: Response) => answer.headers.get("location") ?? "";
const password = { password: "123456" };

function confirmUrlOf({ orderId, transactionId }: Reservation): string {
  return `https://shop.example/confirm?orderId=${orderId}&transactionId=${transactionId}`;
}

describe("a payer who registers for automatic payments", () => {
  it("logs in, chooses the balance, agrees, types the password and returns to confirmUrl", async () => {
    const { ask, send, reservation, openWindow, state, payer: mei } = payer();
    const window = await openWindow();
    expect(locationOf(await ask(window))).toBe(`${window}/log-in`);
    const loggedIn = await send(`${window}/log-in`, { identity: mei.email });
    expect([loggedIn.status, locationOf(loggedIn)]).toEqual([303, `${window}/payment`]);
    const chosen = await send(`${window}/payment`, { method: "balance", agreeAutomatic: "on" });
    expect([chosen.status, locationOf(chosen)]).toEqual([303, `${window}/password`]);
    const paid = await send(`${window}/password`, password);
    expect([paid.status, locationOf(paid)]).toEqual([303, confirmUrlOf(reservation)]);
    expect(state.getReservation(reservation.transactionId)).toEqual({
      ...reservation,
      status: "authenticated",
      payerId: mei.id,
      method: "balance",
    });
  });

  it("sees the merchant, the items, the amount and what is left before agreeing", async () => {
    const { ask, logIn } = payer();
    const page = await (await ask(`${await logIn()}/payment`)).text();
    for (const text of ["Maedal Shop", "OTT Premium", "× 1", "TWD 1,000", "TWD 30,000 left"]) {
      expect(page).toContain(text);
    }
  });

  it("does not come to the password without agreeing", async () => {
    const { ask, send, logIn } = payer();
    const window = await logIn();
    const answer = await send(`${window}/payment`, { method: "balance" });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("You need to agree to continue.");
    expect(locationOf(await ask(`${window}/password`))).toBe(`${window}/payment`);
    expect(locationOf(await send(`${window}/password`, password))).toBe(`${window}/payment`);
  });

  it("pays with a card, also one added on the way, of which only four digits are kept", async () => {
    const { send, ask, logIn, state, reservation, payer: mei } = payer();
    const window = await logIn();
    const added = await send(`${window}/cards/new`, {
      number: "3530-1111-2222-3333",
      nickname: "Spare",
    });
    expect(locationOf(added)).toBe(`${window}/payment`);
    const card = state.methodsOf(mei.id, "TWD").cards.at(-1);
    expect(card).toEqual({
      id: card?.id,
      payerId: mei.id,
      brand: "JCB",
      nickname: "Spare",
      last4: "3333",
      declineCode: null,
      removedAt: null,
    });
    const page = await (await ask(`${window}/payment`)).text();
    expect(page).toMatch(new RegExp(`value="${card?.id}"\\s+checked`));
    await send(`${window}/payment`, { method: card?.id ?? "", agreeAutomatic: "on" });
    await send(`${window}/password`, password);
    expect(state.getReservation(reservation.transactionId)?.method).toBe(card?.id);
  });
});

describe("a payment without registration", () => {
  it("asks for no consent", async () => {
    const { ask, send, logIn } = payer({ payType: "NORMAL" });
    const window = await logIn();
    expect(await (await ask(`${window}/payment`)).text()).not.toContain("agreeAutomatic");
    const chosen = await send(`${window}/payment`, { method: "balance" });
    expect(locationOf(chosen)).toBe(`${window}/password`);
  });
});

describe("a form with mistakes", () => {
  it("refuses an unknown payer with words, and names one that exists", async () => {
    const { send, openWindow, payer: mei } = payer();
    const answer = await send(`${await openWindow()}/log-in`, { identity: '"><i>nobody' });
    const page = await answer.text();
    expect(answer.status).toBe(422);
    expect(page).toContain(`One that exists: ${mei.email}`);
    expect(page).toContain("&quot;&gt;&lt;i&gt;nobody");
  });

  it("knows a payer by phone number however it is written", async () => {
    const { send, openWindow, payer: mei } = payer();
    const phone = `${mei.phone.slice(0, 4)}-${mei.phone.slice(4)}`;
    expect((await send(`${await openWindow()}/log-in`, { identity: phone })).status).toBe(303);
  });

  it("tells a payer whom LINE Pay has suspended", async () => {
    const { send, openWindow, state, payer: mei } = payer();
    state.payers.put(mei.id, { ...mei, state: "suspended" });
    const answer = await send(`${await openWindow()}/log-in`, { identity: mei.email });
    expect(await answer.text()).toContain("LINE Pay has suspended this payer.");
  });

  it.each([
    ["000000", "The password is wrong."],
    ["12345", "Enter six digits."],
    ["abcdef", "Enter six digits."],
  ])("does not pay with password %s, and does not show it again", async (typed, text) => {
    const { send, choose, status } = payer();
    const answer = await send(`${await choose()}/password`, { password: typed });
    const page = await answer.text();
    expect([answer.status, status()]).toEqual([422, "waiting"]);
    expect(page).toContain(text);
    expect(page).not.toContain(`value="${typed}"`);
  });

  it.each(["1234", "9999 9999 9999 9999", ""])("takes no card with number %j", async (number) => {
    const { send, logIn } = payer();
    const answer = await send(`${await logIn()}/cards/new`, { number });
    expect([answer.status, (await answer.text()).includes("Enter 14 to 16 digits")]).toEqual([
      422,
      true,
    ]);
  });

  it("lets nobody pay with another payer's card", async () => {
    const { send, logIn, state } = payer();
    const other = state.addPayer({ name: "Other" });
    const theirs = state.addCard({ payerId: other.id, brand: "VISA", nickname: "", last4: "9999" });
    const answer = await send(`${await logIn()}/payment`, {
      method: theirs.id,
      agreeAutomatic: "on",
    });
    expect([answer.status, (await answer.text()).includes("no longer there")]).toEqual([422, true]);
  });

  it("asks for another method when the card was removed meanwhile", async () => {
    const { send, choose, card, state, status } = payer();
    const window = await choose(card.id);
    state.removeCard(card.id);
    const answer = await send(`${window}/password`, password);
    expect([answer.status, status()]).toEqual([422, "waiting"]);
    expect(await answer.text()).toContain("This method is no longer there.");
  });

  it("warns of a balance that is too low, and lets a tester try", async () => {
    const { ask, send, logIn } = payer({ amountMinor: 30_001 });
    const window = await logIn();
    expect(await (await ask(`${window}/payment`)).text()).toContain("Not enough for this payment");
    const chosen = await send(`${window}/payment`, { method: "balance", agreeAutomatic: "on" });
    expect(locationOf(chosen)).toBe(`${window}/password`);
  });
});

describe("a payer who sends the password twice", () => {
  it("goes to confirmUrl twice, and LINE Pay is told once", async () => {
    const { send, choose, approved, reservation } = payer();
    const window = await choose();
    const answers = [
      await send(`${window}/password`, password),
      await send(`${window}/password`, password),
      await send(`${window}/cancel`, {}),
    ];
    expect(answers.map(locationOf)).toEqual(answers.map(() => confirmUrlOf(reservation)));
    expect(approved).toEqual([reservation.transactionId]);
  });

  it("reads on coming back that it is approved, with the way to the shop", async () => {
    const { ask, send, choose, reservation } = payer();
    const window = await choose();
    await send(`${window}/password`, password);
    const answer = await ask(`${window}/password`);
    const page = await answer.text();
    expect(answer.status).toBe(410);
    expect(page).toContain("Payment approved");
    expect(page).toContain(confirmUrlOf(reservation).replace("&", "&amp;"));
  });
});

describe("a payer who does not pay", () => {
  it.each(["log-in", "payment", "cards/new", "password"])("can cancel at %s", async (step) => {
    const { ask, send, choose, reservation, status } = payer();
    const window = await choose();
    const page = await (await ask(`${window}/${step}`)).text();
    expect(page).toContain(`action="${window}/cancel"`);
    const canceled = await send(`${window}/cancel`, {});
    const { orderId, transactionId } = reservation;
    expect([status(), canceled.status, locationOf(canceled)]).toEqual([
      "canceled",
      303,
      `https://shop.example/cancel?orderId=${orderId}&transactionId=${transactionId}`,
    ]);
  });

  it("changes nothing by closing the page, and may come back", async () => {
    const { ask, logIn, openWindow, status } = payer();
    await logIn();
    expect(status()).toBe("waiting");
    expect((await ask(`${await openWindow()}/log-in`)).status).toBe(200);
  });

  it("may be a tester who lets the payment fail", async () => {
    const { send, openWindow, status } = payer();
    const answer = await send(`${await openWindow()}/fail`, {});
    expect([answer.status, status()]).toEqual([200, "failed"]);
    expect(await answer.text()).toContain("Payment failed");
  });

  it("is told after 20 minutes that the time is over", async () => {
    const { ask, send, choose, state } = payer();
    const window = await choose();
    await state.clock.advanceTo(state.clock.now().add({ minutes: 20 }));
    const answers = [await ask(`${window}/payment`), await send(`${window}/password`, password)];
    expect(answers.map(({ status }) => status)).toEqual([410, 200]);
    for (const answer of answers) {
      expect(await answer.text()).toContain("The time for this payment is over");
    }
  });
});

describe("a shop that is not reached through the browser", () => {
  it("is told by LINE Pay's server with confirmUrlType SERVER, and the page says so", async () => {
    const { send, choose, approved, reservation } = payer({ confirmUrlType: "SERVER" });
    const answer = await send(`${await choose()}/password`, password);
    expect([answer.status, approved]).toEqual([200, [reservation.transactionId]]);
    expect(await answer.text()).toContain("LINE Pay tells the shop itself.");
  });

  it("is told by nobody with NONE, and the page sends the payer back to it", async () => {
    const nowhere = { confirmUrlType: "NONE", confirmUrl: null, cancelUrl: null } as const;
    const { send, choose } = payer(nowhere);
    const answer = await send(`${await choose()}/password`, password);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("Go back to the shop to complete the payment.");
  });

  it("shows with NONE that the payment was cancelled", async () => {
    const nowhere = { confirmUrlType: "NONE", confirmUrl: null, cancelUrl: null } as const;
    const { send, openWindow } = payer(nowhere);
    const answer = await send(`${await openWindow()}/cancel`, {});
    expect([answer.status, (await answer.text()).includes("Payment cancelled")]).toEqual([
      200,
      true,
    ]);
  });
});

describe("an address that names no payment", () => {
  it.each([
    "/web/payment/wait",
    "/web/payment/wait?transactionReserveId=",
    "/web/payment/wait?transactionReserveId=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "/web/payment/payment_forged/payment",
  ])("is refused with words: %s", async (path) => {
    const { ask, send } = payer();
    for (const answer of [
      await ask(path),
      await send("/web/payment/payment_forged/password", password),
    ]) {
      expect([answer.status, (await answer.text()).includes("There is no such payment")]).toEqual([
        404,
        true,
      ]);
    }
  });

  it("does not reveal a payment by its transactionId", async () => {
    const { ask, reservation } = payer();
    const path = `/web/payment/wait?transactionReserveId=${reservation.transactionId}`;
    expect((await ask(path)).status).toBe(404);
  });
});

describe("a step whose ground is missing", () => {
  it.each(["payment", "cards/new"])("leads from %s to the log-in", async (step) => {
    const { ask, openWindow } = payer();
    const window = await openWindow();
    expect(locationOf(await ask(`${window}/${step}`))).toBe(`${window}/log-in`);
  });

  it("leads to the log-in once the payer is gone", async () => {
    const { ask, logIn, state, payer: mei } = payer();
    const window = await logIn();
    state.payers.delete(mei.id);
    expect(locationOf(await ask(`${window}/payment`))).toBe(`${window}/log-in`);
  });

  it("leads from an address that is no page to the first step that is open", async () => {
    const { ask, logIn } = payer();
    const window = await logIn();
    expect(locationOf(await ask(`${window}/fail?lang=th`))).toBe(window);
    expect(locationOf(await ask(window))).toBe(`${window}/payment`);
  });
});

describe("the language of the page", () => {
  it.each([
    ["en", "en", "Log in to LINE Pay"],
    ["ko", "ko", "LINE Pay 로그인"],
    ["th", "th", "เข้าสู่ระบบ LINE Pay"],
    ["zh_TW", "zh-TW", "登入 LINE Pay"],
    ["zh_CN", "zh-CN", "登录 LINE Pay"],
    ["ja", "ja", "LINE Payにログイン"],
    ["fr", "en", "Log in to LINE Pay"],
    ["", "en", "Log in to LINE Pay"],
  ])("is for locale %j %s", async (locale, language, title) => {
    const { ask, openWindow } = payer({ locale });
    const page = await (await ask(`${await openWindow()}/log-in`)).text();
    expect(page).toContain(`<html lang="${language}">`);
    expect(page).toContain(`<h1>${title}</h1>`);
  });

  it.each(["en", "ko", "ja", "th", "zh-TW", "zh-CN"])(
    "leaves no gap on any page in %s",
    async (language) => {
      const { ask, send, choose } = payer({ checkConfirmUrlBrowser: true });
      const window = await choose();
      for (const step of ["log-in", "payment", "cards/new", "password"]) {
        const page = await (await ask(`${window}/${step}?lang=${language}`)).text();
        expect(page).toContain(`<html lang="${language}">`);
        expect(page).not.toMatch(/\{\w+\}|undefined/);
      }
      await send(`${window}/fail`, {});
      expect(await (await ask(window)).text()).toContain(`<html lang="${language}">`);
    },
  );

  it("stays as chosen for the rest of the window", async () => {
    const { ask, logIn } = payer();
    const window = await logIn();
    await ask(`${window}/payment?lang=ja`);
    expect(await (await ask(`${window}/payment`)).text()).toContain("お支払い内容の確認");
  });
});

describe("what a merchant writes", () => {
  it("is shown as text, never as markup", async () => {
    const hostile = `<script>alert("x")</script><img src=x onerror='alert(1)'>{merchant}`;
    const { ask, choose, state, reservation } = payer({
      orderId: hostile,
      packages: [{ id: "1", amountMinor: 1_000, userFeeMinor: 0, products: [{ name: hostile }] }],
    });
    const merchant = state.merchants.get(reservation.channelId);
    if (merchant === undefined) throw new Error("The merchant is seeded.");
    state.merchants.put(merchant.channelId, { ...merchant, name: hostile });
    const window = await choose();
    for (const step of ["log-in", "payment", "password"]) {
      const page = await (await ask(`${window}/${step}`)).text();
      expect(page).toContain("&lt;script&gt;alert(&quot;x&quot;)");
      expect(page).not.toMatch(/<script|<img/);
    }
  });

  it("may be products of any shape: the order's name is shown then", async () => {
    const products = [{ name: 7, quantity: "many" }];
    const { ask, logIn } = payer({
      packages: [{ id: "1", amountMinor: 1_000, userFeeMinor: 0, products }],
    });
    expect(await (await ask(`${await logIn()}/payment`)).text()).toContain("OTT Premium");
  });
});

describe("what the page tells of apps and browsers", () => {
  it("says that only this page works, as no app could open paymentUrl.app", async () => {
    const { ask, openWindow } = payer();
    const page = await (await ask(`${await openWindow()}/log-in`)).text();
    expect(page).toContain("no LINE app that could open the app address");
    expect(page).not.toContain("line://");
  });

  it.each([true, false])("asks to come back to the same browser: %s", async (isAsked) => {
    const { ask, openWindow } = payer({ checkConfirmUrlBrowser: isAsked });
    const page = await (await ask(`${await openWindow()}/log-in`)).text();
    expect(page.includes("back in the browser in which you started")).toBe(isAsked);
  });
});

describe("every answer of the pages", () => {
  it("may not be framed, runs no script, loads nothing from elsewhere and is not kept", async () => {
    const { ask, openWindow } = payer();
    const paths = [
      `${await openWindow()}/log-in`,
      "/web/payment/wait",
      "/my",
      "/web/assets/line-pay.css",
    ];
    for (const path of paths) {
      const { headers } = await ask(path);
      expect({
        policy: headers.get("content-security-policy"),
        frame: headers.get("x-frame-options"),
        cache: headers.get("cache-control"),
        cookie: headers.get("set-cookie"),
      }).toEqual({
        policy:
          "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
        frame: "DENY",
        cache: "no-store",
        cookie: null,
      });
    }
  });

  it("says in the title and on the page that this is an emulator", async () => {
    const { ask, openWindow } = payer();
    const page = await (await ask(`${await openWindow()}/log-in`)).text();
    expect(page).toContain("<title>Log in to LINE Pay · LINE Pay Emulator</title>");
    expect(page).toContain("this is not the real LINE Pay");
  });
});
