/**
 * The pages: what a browser brings back to a registration's hosted pages, and what an operator's
 * browser sends, with mutated queries, cookies, forms and languages. No redirect that was not made by
 * a provider's window may ever bring a billing key about.
 */
import type { Chance } from "../chance.ts";
import { hostileText } from "./hostile-values.ts";
import { createJudge, type Attempt } from "./judge.ts";
import { drawMutations, mutate } from "./mutations.ts";
import { baseUrl } from "./running-app.ts";
import type { OpenVisit, Shop } from "./shop.ts";
import type { Scene, Stage } from "./stage.ts";
import type { Target } from "./target.ts";

export function hostedTarget(stage: Stage): Target {
  return {
    name: "hosted",
    share: 6,
    casesPerBlock: 80,
    async open(seed) {
      const scene = await stage.open(seed);
      const judge = await createJudge(scene, baseUrl, () => []);
      const before = await countKeys(scene);
      return {
        run: (chance) => judge.judge(drawVisit(chance, scene.shop)),
        async finish() {
          const made = (await countKeys(scene)) - before;
          return made === 0 ? [] : [`${made} billing keys came of redirects that no window made`];
        },
        close: () => scene.close(),
      };
    },
  };
}

export function operatorTarget(stage: Stage): Target {
  return {
    name: "operator",
    share: 6,
    casesPerBlock: 80,
    async open(seed) {
      const scene = await stage.open(seed);
      const session = await logIn(scene);
      const judge = await createJudge(scene, baseUrl, () => []);
      return {
        run: (chance) => judge.judge(drawOperation(chance, scene.shop, session)),
        finish: () => Promise.resolve([]),
        close: () => scene.close(),
      };
    },
  };
}

async function countKeys({ engine }: Scene): Promise<number> {
  const [row] = await engine.database.query<{ keys: number }>(
    "select count(*)::int as keys from billing_keys",
  );
  return row?.keys ?? 0;
}

/** Pages of a registration, and the parameters that a provider or we would put there. */
const hostedPaths: readonly (readonly [string, string, readonly string[]])[] = [
  ["GET", "", ["notice", "lang"]],
  ["GET", "/success", ["authKey", "customerKey"]],
  ["GET", "/fail", ["code", "message"]],
  [
    "GET",
    "/return",
    ["imp_uid", "merchant_uid", "imp_success", "success", "error_code", "error_msg"],
  ],
  ["GET", "/confirm", ["transactionId", "orderId"]],
  ["GET", "/back", ["transactionId", "orderId"]],
  ["GET", "/go", []],
  ["GET", "/done", ["lang"]],
  ["GET", "/status", []],
  ["POST", "/window", []],
  ["POST", "/cancel", []],
  ["POST", "/retry", []],
  ["GET", "/nothing", []],
];

function drawVisit(chance: Chance, shop: Shop): Attempt {
  const visit = chance.pick(shop.visits);
  const ids = [...(shop.ids.get("reg") ?? []), ...(shop.otherIds.get("reg") ?? [])];
  const id = chance.happens(0.8) ? visit.id : drawHostileId(chance, ids);
  // What ends a trip is drawn less often: most cases are to meet one that is open.
  const drawn = chance.pick(hostedPaths);
  const isEnd = /cancel|fail|retry/.test(drawn[1]) && chance.happens(0.75);
  const [method, page, names] = isEnd ? (["GET", "/return", ["imp_uid"]] as const) : drawn;
  const query = names
    .filter(() => chance.happens(0.8))
    .map(
      (name) =>
        `${encode(chance.happens(0.05) ? `${name}[]` : name)}=${encode(drawClaim(chance, shop, name))}`,
    );
  if (chance.happens(0.1))
    query.push(`${encode(hostileText(chance))}=${encode(hostileText(chance))}`);
  if (chance.happens(0.1)) query.push(...query);
  return {
    method: chance.happens(0.03) ? chance.pick(["PUT", "HEAD", "DELETE"]) : method,
    path: `/r/${encode(id)}${page}${query.length === 0 ? "" : `?${query.join("&")}`}`,
    headers: [...browserHeaders(chance), ["cookie", drawCookie(chance, visit)]],
    body: method === "POST" ? hostileText(chance).toWellFormed() : undefined,
  };
}

function drawHostileId(chance: Chance, ids: readonly string[]): string {
  return chance.happens(0.5)
    ? chance.pick(ids)
    : mutate(chance.pick(ids), drawMutations(chance, 2));
}

/** What stands in a redirect: things that there are, of other trips; or nothing of the kind. */
function drawClaim(chance: Chance, shop: Shop, name: string): string {
  const known = [...shop.orderIds, ...shop.paymentIds, ...shop.billingKeys];
  const words = ["true", "false", "canceled", "PAY_PROCESS_CANCELED", "en", "ja", "F0004", "0000"];
  if (name === "notice" || name === "lang") {
    return chance.happens(0.5) ? chance.pick(words) : hostileText(chance);
  }
  const claim = chance.pick([...known, ...words]);
  if (chance.happens(0.3)) return hostileText(chance);
  return chance.happens(0.5) ? claim : mutate(claim, drawMutations(chance, 2));
}

function drawCookie(chance: Chance, { cookie }: OpenVisit): string {
  if (chance.happens(0.75)) return cookie;
  if (chance.happens(0.3)) return "";
  const language = `maedal_language=${encode(hostileText(chance))}`;
  if (chance.happens(0.3)) return `${cookie}; ${language}`;
  return latin(mutate(cookie, drawMutations(chance, 2)));
}

function browserHeaders(chance: Chance): (readonly [string, string])[] {
  const headers: (readonly [string, string])[] = [];
  if (chance.happens(0.3)) {
    const languages = [
      "ko-KR,ko;q=0.9",
      "zh-TW",
      "*",
      "th;q=abc",
      ",;=",
      latin(hostileText(chance)),
    ];
    headers.push(["accept-language", chance.pick(languages)]);
  }
  if (chance.happens(0.1))
    headers.push(["user-agent", chance.pick(["Googlebot/2.1", "x".repeat(5_000)])]);
  if (chance.happens(0.05)) headers.push(["sec-purpose", "prefetch"]);
  return headers;
}

interface Session {
  readonly cookie: string;
  readonly formToken: string;
}

async function logIn(scene: Scene): Promise<Session> {
  const body = new URLSearchParams({ apiKey: scene.shop.apiKey });
  const request = new Request(`${baseUrl}/operator/log-in`, { method: "POST", body });
  const answer = await scene.fetch(request);
  const [cookie = ""] = answer.headers.getSetCookie().map((text) => text.split(";")[0] ?? "");
  const page = await scene.fetch(new Request(`${baseUrl}/operator`, { headers: { cookie } }));
  const text = await page.text();
  const formToken = /name="formToken"\s+value="([^"]+)"/.exec(text)?.[1];
  if (formToken === undefined) throw new Error(`no operator could log in: ${text.slice(0, 200)}`);
  return { cookie, formToken };
}

const operatorPaths: readonly (readonly [string, string, string])[] = [
  ["GET", "/operator", ""],
  ["GET", "/operator/subscriptions", ""],
  ["GET", "/operator/subscriptions/:id", "sub"],
  ["POST", "/operator/subscriptions/:id/cancel", "sub"],
  ["POST", "/operator/subscriptions/:id/keep", "sub"],
  ["POST", "/operator/subscriptions/:id/method", "sub"],
  ["GET", "/operator/charges", ""],
  ["GET", "/operator/charges/:id", "chg"],
  ["POST", "/operator/charges/:id/resolve", "chg"],
  ["POST", "/operator/charges/:id/capture", "chg"],
  ["POST", "/operator/charges/:id/void", "chg"],
  ["GET", "/operator/reviews", ""],
  ["GET", "/operator/sweeps", ""],
  ["POST", "/operator/sweeps", ""],
  ["POST", "/operator/sweeps/:id/settle", "swf"],
  ["POST", "/operator/sweeps/:id/refund", "swf"],
  ["GET", "/operator/connections", ""],
  ["GET", "/operator/connections/:id/pause", "gwy"],
  ["POST", "/operator/connections/:id/pause", "gwy"],
  ["POST", "/operator/connections/:id/resume", "gwy"],
  ["POST", "/operator/connections/:id/confirm-run", "gwy"],
  ["GET", "/operator/test-clocks", ""],
  ["POST", "/operator/test-clocks/:id/advance", "clk"],
  ["GET", "/operator/stop", ""],
  ["POST", "/operator/stop", ""],
  ["POST", "/operator/take-stop-back", ""],
  ["GET", "/operator/log-in", ""],
  ["POST", "/operator/log-in", ""],
  ["GET", "/operator/enter", ""],
];

/** Fields of the operators' forms, each with what it may hold. */
const formFields: Readonly<Record<string, readonly string[]>> = {
  when: ["now", "period_end"],
  decision: ["paid", "not_paid", "retry", "write_off"],
  note: ["the bank says so"],
  isConfirmed: ["yes", "no"],
  amount: ["100", "9,900", "99.00", "1e3", "-1", "٣", "0"],
  by: ["P1D", "P1M", "P9999Y"],
  date: ["2026-03-01", "2026-02-30", "9999-12-31", "0000-01-01"],
  apiKey: ["mdl_test_x"],
};

function drawOperation(chance: Chance, shop: Shop, session: Session): Attempt {
  const [method, template, prefix] = chance.pick(operatorPaths);
  const mine = shop.ids.get(prefix) ?? [];
  const others = shop.otherIds.get(prefix) ?? [];
  const ids = chance.happens(0.15) ? others : mine;
  const id = ids.length === 0 || chance.happens(0.1) ? hostileText(chance) : chance.pick(ids);
  const query = chance.happens(0.3)
    ? `?${chance.pick(["status", "lang", "token", "problem"])}=${encode(hostileText(chance))}`
    : "";
  const isOurs = chance.happens(0.75);
  const cookie = isOurs ? session.cookie : latin(mutate(session.cookie, drawMutations(chance, 2)));
  return {
    method,
    path: `${template.replace(":id", encode(id))}${query}`,
    headers: [...browserHeaders(chance), ["cookie", cookie], ...formHeader(method)],
    body: method === "POST" ? drawForm(chance, session) : undefined,
    mayTell: shop.billingKeys.filter((key) => id === key),
  };
}

function formHeader(method: string): (readonly [string, string])[] {
  return method === "POST" ? [["content-type", "application/x-www-form-urlencoded"]] : [];
}

function drawForm(chance: Chance, { formToken }: Session): string {
  const token = chance.happens(0.9) ? formToken : mutate(formToken, drawMutations(chance, 2));
  const fields = Object.entries(formFields)
    .filter(() => chance.happens(0.6))
    .map(([name, values]): [string, string] => {
      return [name, chance.happens(0.6) ? chance.pick(values) : hostileText(chance)];
    });
  const form = [["formToken", token], ...fields].map(
    ([name = "", value = ""]) => `${name}=${encode(value)}`,
  );
  const text = form.join("&");
  return chance.happens(0.1) ? mutate(text, drawMutations(chance, 2)) : text;
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** What a header can carry. */
function latin(text: string): string {
  return text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, "");
}
