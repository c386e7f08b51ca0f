import { describe, expect, it } from "vitest";
import { clientKey, createToss } from "./world.ts";

const successUrl = "https://shop.example/success";
const failUrl = "https://shop.example/fail";

/** The windows without a browser and without their script: plain requests and form posts. */
function buyer() {
  const { state, toss } = createToss();
  const ask = (path: string) => toss.request(path);
  const send = (path: string, fields: Record<string, string>) =>
    toss.request(path, { method: "POST", body: new URLSearchParams(fields) });
  const openWindow = (changes: Record<string, string> = {}) =>
    ask(
      `/windows/open?${new URLSearchParams({
        clientKey,
        customerKey: "customer-1",
        method: "TRANSFER",
        successUrl,
        failUrl,
        ...changes,
      }).toString()}`,
    );
  /** Path of the first page of a window that was just opened. */
  async function windowAt(changes?: Record<string, string>): Promise<string> {
    const answer = await openWindow(changes);
    return answer.headers.get("location") ?? "";
  }
  return { state, ask, send, openWindow, windowAt };
}

const locationOf = (answer: Response) => answer.headers.get("location");

describe("a window without JavaScript", () => {
  it("takes a known buyer through to successUrl by forms alone", async () => {
    const { state, send, windowAt } = buyer();
    const window = await windowAt();
    const loggedIn = await send(`${window}/log-in`, { phone: "010 1234 5678", code: "000000" });
    expect([loggedIn.status, locationOf(loggedIn)]).toEqual([303, `${window}/accounts`]);

    const member = state.findMemberByPhone("01012345678");
    const [account] = state.accountsOf(member?.id ?? "");
    const chosen = await send(`${window}/accounts`, { accountId: account?.id ?? "" });
    expect(locationOf(chosen)).toBe(`${window}/consent`);

    const agreed = await send(`${window}/consent`, { agreeRecurring: "on" });
    const url = new URL(locationOf(agreed) ?? "");
    const auth = state.findBillingAuthByAuthKey(url.searchParams.get("authKey") ?? "");
    expect({
      to: url.origin + url.pathname,
      customerKey: url.searchParams.get("customerKey"),
      status: auth?.status,
      accountId: auth?.accountId,
    }).toEqual({
      to: successUrl,
      customerKey: "customer-1",
      status: "approved",
      accountId: account?.id,
    });
  });

  it("hands a framed outcome over by a link to the merchant's page", async () => {
    const { send, windowAt } = buyer();
    const window = await windowAt({
      windowTarget: "iframe",
      merchantOrigin: "https://shop.example",
      channel: "1",
    });
    const page = await (await send(`${window}/cancel`, {})).text();
    expect(page).toContain('target="_top"');
    expect(page).toContain("https://shop.example/fail?code=PAY_PROCESS_CANCELED&amp;message=");
  });
});

describe("a form with mistakes", () => {
  it("comes back with a text beside each field and everything that was typed", async () => {
    const { send, windowAt } = buyer();
    const answer = await send(`${await windowAt()}/sign-up?lang=en`, {
      name: '<b>"Kim"</b>',
      phone: "02-123-4567",
      code: "123456",
      agreeService: "on",
    });
    const page = await answer.text();
    expect(answer.status).toBe(422);
    for (const text of [
      "Enter a Korean mobile number",
      "Wrong code. In tests it is 000000.",
      "You need to agree to continue.",
      'value="02-123-4567"',
      "&lt;b&gt;&quot;Kim&quot;&lt;/b&gt;",
    ]) {
      expect(page).toContain(text);
    }
    expect(page).not.toContain("<b>");
  });

  it("tells a buyer who signs up twice to log in, and an unknown one to sign up", async () => {
    const { send, windowAt } = buyer();
    const window = await windowAt({});
    const identity = { phone: "01012345678", code: "000000" };
    const terms = { agreeService: "on", agreePrivacy: "on", agreeIdentity: "on" };
    const again = await send(`${window}/sign-up`, { name: "김매달", ...identity, ...terms });
    expect(await again.text()).toContain("이미 가입된 번호예요.");
    const unknown = await send(`${window}/log-in`, { ...identity, phone: "01099998888" });
    expect(await unknown.text()).toContain("가입되지 않은 번호예요.");
  });

  it("wants six digits of a personal card's holder and ten of a company", async () => {
    const { send, windowAt } = buyer();
    const window = await windowAt({ method: "CARD" });
    const card = {
      number: "9410000012345678",
      expiryMonth: "12",
      expiryYear: "31",
      passwordTwoDigits: "12",
      agreeCard: "on",
      agreePrivacy: "on",
    };
    const personal = { ...card, owner: "PERSONAL", identityNumber: "1234567890" };
    expect((await send(window, personal)).status).toBe(422);
    const corporate = { ...card, owner: "CORPORATE", identityNumber: "123-45-67890" };
    expect((await send(window, corporate)).status).toBe(303);
  });
});

describe("an account that cannot pay", () => {
  it("is refused at consent, and the buyer may choose another", async () => {
    const { state, send, windowAt } = buyer();
    const window = await windowAt();
    await send(`${window}/log-in`, { phone: "01012345678", code: "000000" });
    const member = state.findMemberByPhone("01012345678");
    const [account] = state.accountsOf(member?.id ?? "");
    if (account === undefined) throw new Error("The seeded member has accounts.");
    await send(`${window}/accounts`, { accountId: account.id });
    state.accounts.put(account.id, { ...account, state: "closed" });
    const answer = await send(`${window}/consent`, { agreeRecurring: "on" });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("해지된 계좌예요.");
  });

  it("of somebody else cannot be chosen", async () => {
    const { state, send, windowAt } = buyer();
    const other = state.signUpMember({ name: "다른이", phone: "01077770000" });
    const theirs = state.registerAccount(other.id, { bankCode: "90", number: "3333000011112" });
    const window = await windowAt();
    await send(`${window}/log-in`, { phone: "01012345678", code: "000000" });
    const answer = await send(`${window}/accounts`, { accountId: theirs.id });
    expect(answer.status).toBe(422);
  });
});

describe("an address below a window that is no page", () => {
  it("leads to the window's first page", async () => {
    const { ask, windowAt } = buyer();
    const window = await windowAt();
    expect(locationOf(await ask(`${window}/fail?lang=en`))).toBe(window);
    expect(await (await ask(window)).text()).toContain("I am new here");
  });
});

describe("a step whose ground is missing", () => {
  it.each(["accounts", "accounts/new", "consent"])("leads from %s to the start", async (step) => {
    const { ask, windowAt } = buyer();
    const window = await windowAt();
    expect(locationOf(await ask(`${window}/${step}`))).toBe(window);
  });
});

describe("a window that cannot be used", () => {
  it("says after 30 minutes that it has expired", async () => {
    const { state, ask, windowAt } = buyer();
    const window = await windowAt();
    await state.clock.advanceTo(state.clock.now().add({ minutes: 31 }));
    const answer = await ask(window);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("시간이 지나 닫힌 결제창이에요");
  });

  it("says once ended that it has ended, and ends only once", async () => {
    const { ask, send, windowAt } = buyer();
    const window = await windowAt();
    await send(`${window}/cancel`, {});
    const answers = await Promise.all([
      ask(window),
      send(`${window}/fail`, {}),
      send(`${window}/consent`, { agreeRecurring: "on" }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([410, 410, 410]);
  });

  it("is refused for a merchant without a billing contract, with the way to failUrl", async () => {
    const { state, openWindow } = buyer();
    const [merchant] = state.merchants.values();
    if (merchant === undefined) throw new Error("A merchant is seeded.");
    state.merchants.put(merchant.merchantId, { ...merchant, billingContract: false });
    const answer = await openWindow();
    expect(answer.status).toBe(422);
    const page = await answer.text();
    expect(page).toContain("NOT_SUPPORTED_METHOD");
    expect(page).toContain(`${failUrl}?code=PAY_PROCESS_ABORTED`);
  });

  it("names what is wrong with a request that no SDK wrote", async () => {
    const { openWindow } = buyer();
    const answer = await openWindow({ successUrl: "javascript:alert(1)", method: "PHONE" });
    expect(answer.status).toBe(422);
    const page = await answer.text();
    expect(page).toContain("successUrl: must be an absolute http(s) address");
    expect(page).toContain("method: ");
  });
});

describe("every answer of the windows", () => {
  it("may be framed anywhere, allows no inline code and is not kept", async () => {
    const { ask, windowAt } = buyer();
    const { headers } = await ask(await windowAt());
    expect({
      policy: headers.get("content-security-policy"),
      frame: headers.get("x-frame-options"),
      cache: headers.get("cache-control"),
      cookie: headers.get("set-cookie"),
    }).toEqual({
      policy:
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'",
      frame: null,
      cache: "no-store",
      cookie: null,
    });
  });
});
