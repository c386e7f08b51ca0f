import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startScriptedServer,
  type ScriptedAnswer,
  type ScriptedServer,
} from "../../test/support/scripted-server.ts";
import { GatewayError } from "../gateway-error.ts";
import { createHttpSender, NotSentError, type HttpSender } from "../http.ts";
import type { PortOneOperation } from "./operation.ts";
import {
  createPortOneTransport,
  type PortOneCall,
  type PortOneTransport,
  type PortOneTransportOptions,
} from "./transport.ts";

const apiKey = "1234567890123456";
const apiSecret = "APIsecretTEXT";
const customerUid = "KEY secret/1=";

let server: ScriptedServer;
let sender: HttpSender;

beforeAll(async () => {
  server = await startScriptedServer();
  sender = createHttpSender();
});

afterAll(async () => {
  await sender.close();
  await server.close();
});

/** A transport without a token yet. */
function transport(options: Partial<PortOneTransportOptions> = {}): PortOneTransport {
  const settings = { apiKey, apiSecret, sender, monotonicMs: () => 0, apiHost: server.url };
  return createPortOneTransport({ ...settings, ...options });
}

function token(text: string): ScriptedAnswer {
  return success({ access_token: text, now: 1_767_225_600, expired_at: 1_767_227_400 });
}

function success(response: unknown): ScriptedAnswer {
  return { status: 200, body: { code: 0, message: null, response } };
}

const unauthorized: ScriptedAnswer = {
  status: 401,
  body: { code: -1, message: "Unauthorized", response: null },
};

const key = { secret: customerUid, label: "[billing key]" };
const ask: PortOneCall = {
  operation: "customer",
  method: "GET",
  path: ["subscribe", "customers", key],
};
const charge: PortOneCall = {
  operation: "charge",
  method: "POST",
  path: ["subscribe", "payments", "again"],
  body: { customer_uid: customerUid, merchant_uid: "ORDER0001" },
};
const lookUp: PortOneCall = {
  operation: "payment",
  method: "GET",
  path: ["payments", "find", "ORDER0001"],
};

async function errorOf(sent: Promise<unknown>): Promise<GatewayError> {
  const error = await sent.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError)) throw new Error("A GatewayError was expected.");
  return error;
}

/** What arrived since, one line per request: where it went, and with which token. */
function arrivalsSince(start: number): readonly string[] {
  return server.requests
    .slice(start)
    .map(({ method, path, headers }) => `${method} ${path} ${headers["authorization"] ?? "-"}`);
}

describe("a first call", () => {
  it("asks for a token, and then sends its own bytes with it", async () => {
    const start = server.requests.length;
    server.script(token("tok-1"), success(null));
    await transport().send(charge);
    const [first, second] = server.requests.slice(start).map((request) => {
      const {
        host: _host,
        connection: _connection,
        "content-length": _length,
        ...own
      } = request.headers;
      return { ...request, headers: own };
    });
    expect([first, second]).toEqual([
      {
        method: "POST",
        path: "/users/getToken",
        headers: { "content-type": "application/json" },
        body: `{"imp_key":"${apiKey}","imp_secret":"${apiSecret}"}`,
      },
      {
        method: "POST",
        path: "/subscribe/payments/again",
        headers: { "content-type": "application/json", authorization: "Bearer tok-1" },
        body: '{"customer_uid":"KEY secret/1=","merchant_uid":"ORDER0001"}',
      },
    ]);
  });

  it("encodes what goes into its path and its query", async () => {
    server.script(token("tok-1"), success(null));
    const query = new URLSearchParams([
      ["customer_uid[]", "a b"],
      ["customer_uid[]", "c&d"],
    ]);
    await transport().send({ ...ask, query });
    expect(server.requests.at(-1)!.path).toBe(
      "/subscribe/customers/KEY%20secret%2F1%3D?customer_uid%5B%5D=a+b&customer_uid%5B%5D=c%26d",
    );
  });
});

describe("a call whose token is refused", () => {
  it("is repeated once, with another token", async () => {
    const start = server.requests.length;
    server.script(token("old"), unauthorized, token("new"), success("done"));
    expect((await transport().send(charge)).response).toBe("done");
    expect(arrivalsSince(start)).toEqual([
      "POST /users/getToken -",
      "POST /subscribe/payments/again Bearer old",
      "POST /users/getToken -",
      "POST /subscribe/payments/again Bearer new",
    ]);
  });

  it("is not repeated twice", async () => {
    const start = server.requests.length;
    server.script(token("old"), unauthorized, token("new"), unauthorized);
    expect((await transport().send(charge)).status).toBe(401);
    expect(arrivalsSince(start)).toHaveLength(4);
  });

  it("is not repeated when the 401 is not PortOne's own", async () => {
    for (const body of ["<html>401</html>", "", { code: 0, response: null }, { error: "no" }]) {
      const start = server.requests.length;
      server.script(token("old"), { status: 401, body });
      await transport().send(charge);
      expect(arrivalsSince(start)).toHaveLength(2);
    }
  });
});

describe("a call that fails in any other way", () => {
  it.each([400, 403, 404, 408, 409, 429, 500, 502, 503, 302])(
    "is not repeated: HTTP %i",
    async (status) => {
      const start = server.requests.length;
      server.script(token("tok"), { status, body: { code: -1, message: "x", response: null } });
      expect((await transport().send(charge)).status).toBe(status);
      expect(arrivalsSince(start)).toHaveLength(2);
    },
  );

  it("is not repeated when the connection breaks", async () => {
    const start = server.requests.length;
    server.script(token("tok"), "hang up");
    expect((await errorOf(transport().send(charge))).failure).toBe("outcome_unknown");
    expect(arrivalsSince(start)).toHaveLength(2);
  });
});

describe("a token that cannot be had", () => {
  const refused = { status: 401, body: { code: -1, message: "인증 실패", response: null } };

  it.each<[string, ScriptedAnswer | "hang up", string]>([
    ["wrong credentials", refused, "configuration"],
    ["an address that is not allowed", { ...refused, status: 403 }, "configuration"],
    ["a proxy's 401", { status: 401, body: "<html>" }, "not_sent"],
    ["a broken connection", "hang up", "not_sent"],
    ["HTTP 500", { status: 500, body: "oops" }, "not_sent"],
    ["HTTP 429", { status: 429, body: "" }, "not_sent"],
    ["code 0 without a token", success({}), "not_sent"],
    ["code 1 under HTTP 200", { status: 200, body: { code: 1, response: null } }, "not_sent"],
  ])(
    "means that a charge was not sent, and nothing for a look-up: %s",
    async (_, answer, failure) => {
      const start = server.requests.length;
      server.script(answer, answer);
      const failures = [
        (await errorOf(transport().send(charge))).failure,
        (await errorOf(transport().send(lookUp))).failure,
      ];
      expect(failures).toEqual([failure, "outcome_unknown"]);
      expect(arrivalsSince(start)).toEqual(["POST /users/getToken -", "POST /users/getToken -"]);
    },
  );

  it("after the first was refused, is not sent either: that call was not carried out", async () => {
    server.script(token("old"), unauthorized, "hang up");
    expect((await errorOf(transport().send(charge))).failure).toBe("not_sent");
  });

  it("tells how long PortOne wants to be left alone", async () => {
    server.script({ status: 429, body: "", headers: { "retry-after": "7" } });
    const { httpStatus, retryAfterSeconds } = await errorOf(transport().send(charge));
    expect([httpStatus, retryAfterSeconds]).toEqual([429, 7]);
  });
});

describe("an answer", () => {
  it("comes with its code, its words, and a record without secrets", async () => {
    server.script(token("tok-secret"), {
      status: 200,
      body: { code: "1", message: `unknown ${customerUid}`, response: { buyer_name: "홍" } },
      headers: { "retry-after": "30" },
    });
    const { redactor: _, ...answer } = await transport().send(charge);
    expect(answer).toEqual({
      operation: "charge",
      status: 200,
      code: 1,
      message: `unknown ${customerUid}`,
      response: { buyer_name: "홍" },
      retryAfterSeconds: 30,
      exchange: {
        method: "POST",
        path: "/subscribe/payments/again",
        requestBody: { customer_uid: "[billing key]", merchant_uid: "ORDER0001" },
        status: 200,
        answerBody: {
          code: "1",
          message: "unknown [billing key]",
          response: { buyer_name: "[buyer]" },
        },
      },
    });
  });

  it.each<[string, unknown]>([
    ["no envelope", { status: "paid" }],
    ["a code that is no number", { code: "OK", response: {} }],
    ["a code with a fraction", { code: 0.5, response: {} }],
    ["no code", { message: null, response: {} }],
    ["a page", "<html>502 Bad Gateway</html>"],
    ["half of one", '{"code":0,"response":{"status":"paid"'],
    ["nothing", ""],
    ["a list", [{ code: 0 }]],
  ])("that cannot be read has no code: %s", async (_, body) => {
    server.script(token("tok"), { status: 200, body });
    expect((await transport().send(charge)).code).toBeUndefined();
  });
});

describe("a wait", () => {
  it("is long for calls that ask for money, and short for the others", async () => {
    const asked = new Map<string, string>();
    const watching: HttpSender = {
      send: ({ url, connectTimeoutMs, readTimeoutMs }) => {
        const { pathname } = new URL(url);
        asked.set(pathname, `${connectTimeoutMs} ${readTimeoutMs}`);
        if (pathname !== "/users/getToken") return Promise.reject(new NotSentError("watching"));
        const body = JSON.stringify(token("tok").body);
        return Promise.resolve({ status: 200, headers: {}, body });
      },
      close: () => Promise.resolve(),
    };
    const operations: readonly PortOneOperation[] = [
      "charge",
      "retry_schedule",
      "refund",
      "payment",
    ];
    for (const operation of operations) {
      const call = { ...charge, operation, path: [operation] };
      await errorOf(transport({ sender: watching }).send(call));
    }
    expect(Object.fromEntries(asked)).toEqual({
      "/users/getToken": "5000 20000",
      "/charge": "5000 60000",
      "/retry_schedule": "5000 60000",
      "/refund": "5000 60000",
      "/payment": "5000 20000",
    });
  });
});

describe("a path that would lead elsewhere", () => {
  it.each(["", ".", ".."])('is not sent: "%s"', async (secret) => {
    server.script(token("tok"));
    const path = ["subscribe", "customers", { secret, label: "[billing key]" }];
    expect((await errorOf(transport().send({ ...ask, path }))).failure).toBe("invalid_request");
  });
});

describe("an error", () => {
  it("quotes no secret, whatever the sender throws", async () => {
    const leaking: HttpSender = {
      send: ({ url, body, headers }) =>
        url.endsWith("getToken")
          ? Promise.resolve({
              status: 200,
              headers: {},
              body: JSON.stringify(token("TOKsecret").body),
            })
          : Promise.reject(new Error(`${url} ${body} ${JSON.stringify(headers)}`)),
      close: () => Promise.resolve(),
    };
    const error = await errorOf(transport({ sender: leaking }).send(charge));
    const text = inspect(error, { depth: 10 });
    expect([apiSecret, customerUid, "TOKsecret"].filter((secret) => text.includes(secret))).toEqual(
      [],
    );
  });
});

describe("an address", () => {
  it.each(["http://api.iamport.kr", "https://api.iamport.kr/v1", "api.iamport.kr"])(
    "is refused: %s",
    (apiHost) => {
      expect(() => transport({ apiHost })).toThrow(GatewayError);
    },
  );
});
