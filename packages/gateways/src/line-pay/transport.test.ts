import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startScriptedServer, type ScriptedServer } from "../../test/support/scripted-server.ts";
import { GatewayError } from "../gateway-error.ts";
import { createHttpSender, NotSentError, type HttpSender } from "../http.ts";
import { linePaySignature } from "./signature.ts";
import { createLinePayTransport, type LinePayCall, type LinePayOperation } from "./transport.ts";

const channelSecret = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
const nonce = "6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506";

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

function transport(options: Partial<Parameters<typeof createLinePayTransport>[0]> = {}) {
  return createLinePayTransport({
    mode: "test",
    channelId: "1234567890",
    channelSecret,
    sender,
    nonce: () => nonce,
    apiHost: server.url,
    ...options,
  });
}

const regKey = { secret: "RK/SECRET=", label: "[billing key]" };

const charge: LinePayCall = {
  operation: "charge",
  method: "POST",
  path: ["preapprovedPay", regKey, "payment"],
  body: { orderId: "ORDER0001" },
};

async function errorOf(sent: Promise<unknown>): Promise<GatewayError> {
  const error = await sent.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError)) throw new Error("A GatewayError was expected.");
  return error;
}

describe("a POST", () => {
  it("is signed over the very bytes and the encoded path that are sent, and never carries the secret", async () => {
    server.script({ status: 200, body: { returnCode: "0000" } });
    await transport().send(charge);
    const { method, path, headers, body } = server.requests.at(-1)!;
    const { host: _host, connection: _connection, "content-length": _length, ...own } = headers;
    expect({ method, path, own, body }).toEqual({
      method: "POST",
      path: "/v3/payments/preapprovedPay/RK%2FSECRET%3D/payment",
      own: {
        "content-type": "application/json",
        "x-line-channelid": "1234567890",
        "x-line-authorization-nonce": nonce,
        "x-line-authorization": linePaySignature({ channelSecret, path, payload: body, nonce }),
      },
      body: '{"orderId":"ORDER0001"}',
    });
  });
});

describe("a GET", () => {
  it("is signed over its query as sent, with its repeated names", async () => {
    server.script({ status: 200, body: { returnCode: "0000" } });
    const query = new URLSearchParams([
      ["orderId", "SUB-0001-2026-10"],
      ["orderId", "A 1&2"],
      ["transactionId", "2026100102385195510"],
    ]);
    await transport().send({ operation: "details", method: "GET", path: [], query });
    const { path, headers, body } = server.requests.at(-1)!;
    expect({ path, signature: headers["x-line-authorization"], body }).toEqual({
      path: "/v3/payments?orderId=SUB-0001-2026-10&orderId=A+1%262&transactionId=2026100102385195510",
      signature: "UYzIsIT9WnDZgTYsi2zbg7LLJOYgJIgz16Ci+u4Zd60=",
      body: "",
    });
  });
});

describe("every call", () => {
  it("has a nonce of its own", async () => {
    let count = 0;
    const counting = transport({ nonce: () => `nonce-${++count}` });
    server.script({ status: 200 }, { status: 200 });
    await counting.send(charge);
    await counting.send(charge);
    const nonces = server.requests
      .slice(-2)
      .map((each) => each.headers["x-line-authorization-nonce"]);
    expect(nonces).toEqual(["nonce-1", "nonce-2"]);
  });

  it("goes to the path of its version", async () => {
    server.script({ status: 200 });
    await transport({ apiVersion: "v4" }).send(charge);
    expect(server.requests.at(-1)!.path).toMatch(/^\/v4\/payments\//);
  });

  it("waits as long as LINE Pay asks for, longest for the calls that take money", async () => {
    const asked = new Map<LinePayOperation, string>();
    const watching = (operation: LinePayOperation): HttpSender => ({
      send: ({ connectTimeoutMs, readTimeoutMs }) => {
        asked.set(operation, `${connectTimeoutMs} ${readTimeoutMs}`);
        return Promise.reject(new NotSentError("watching"));
      },
      close: () => Promise.resolve(),
    });
    const operations: LinePayOperation[] = ["charge", "confirm", "capture", "refund", "check_key"];
    for (const operation of operations) {
      await errorOf(transport({ sender: watching(operation) }).send({ ...charge, operation }));
    }
    expect(Object.fromEntries(asked)).toEqual({
      charge: "5000 60000",
      confirm: "5000 60000",
      capture: "5000 60000",
      refund: "5000 20000",
      check_key: "5000 20000",
    });
  });
});

describe("an answer", () => {
  it("comes with its code, its words, and every digit of its large numbers", async () => {
    server.script({
      status: 200,
      body: '{"returnCode":"0000","returnMessage":"OK","info":{"transactionId":2018123112345678910}}',
      headers: { "retry-after": "30" },
    });
    const { redactor: _, ...answer } = await transport().send(charge);
    expect(answer).toEqual({
      operation: "charge",
      status: 200,
      code: "0000",
      message: "OK",
      info: { transactionId: "2018123112345678910" },
      retryAfterSeconds: 30,
      exchange: {
        method: "POST",
        path: "/v3/payments/preapprovedPay/[billing key]/payment",
        requestBody: { orderId: "ORDER0001" },
        status: 200,
        answerBody: {
          returnCode: "0000",
          returnMessage: "OK",
          info: { transactionId: "2018123112345678910" },
        },
      },
    });
  });

  it.each([
    [
      "resultCode, a number, and statusMessage",
      { resultCode: 1106, statusMessage: "no" },
      "1106",
      "no",
    ],
    ["resultCode with its zeros lost", { resultCode: 0 }, "0000", undefined],
    ["the same code twice", { returnCode: "1142", resultCode: 1142 }, "1142", undefined],
    [
      "codes that contradict each other",
      { returnCode: "0000", resultCode: 1142 },
      undefined,
      undefined,
    ],
    ["an empty code", { returnCode: "" }, undefined, undefined],
    ["a code that is no text", { returnCode: 0 }, undefined, undefined],
    ["no code", { info: {} }, undefined, undefined],
    ["a list", [], undefined, undefined],
  ])("may say it with %s", async (_name, body, code, message) => {
    server.script({ status: 200, body });
    const answer = await transport().send(charge);
    expect({ code: answer.code, message: answer.message }).toEqual({ code, message });
  });

  it("that is not JSON is kept as its length only", async () => {
    server.script({ status: 502, body: "<html>RK/SECRET=</html>" });
    const { code, exchange } = await transport().send(charge);
    expect({ code, answerBody: exchange.answerBody }).toEqual({
      code: undefined,
      answerBody: "[not JSON, 23 characters]",
    });
  });
});

describe("a call without an answer", () => {
  const noOne = "http://127.0.0.1:1";

  it("was not sent when that is proved", async () => {
    expect((await errorOf(transport({ apiHost: noOne }).send(charge))).failure).toBe("not_sent");
  });

  it("is unknown when the connection was cut or the read timeout passed", async () => {
    server.script("hang up");
    expect((await errorOf(transport().send(charge))).failure).toBe("outcome_unknown");

    server.script("silence");
    const impatient = transport({ timeouts: { connectMs: 5_000, readMs: 50 } });
    expect((await errorOf(impatient.send(charge))).failure).toBe("outcome_unknown");
  });

  it("says nothing about the money that was asked about, even when it was not sent", async () => {
    for (const operation of ["details", "check_request"] as const) {
      const lookUp: LinePayCall = { operation, method: "GET", path: [] };
      const error = await errorOf(transport({ apiHost: noOne }).send(lookUp));
      expect(error.failure).toBe("outcome_unknown");
    }
  });

  it("is unknown when the sender itself breaks", async () => {
    const broken: HttpSender = {
      send: () => Promise.reject(new TypeError("Invalid URL: /RK/SECRET=")),
      close: () => Promise.resolve(),
    };
    const error = await errorOf(transport({ sender: broken }).send(charge));
    expect(error.failure).toBe("outcome_unknown");
    expect(inspect(error)).not.toContain("SECRET");
  });
});

describe("the API's host", () => {
  const failure = (mode: "test" | "live", apiHost: string | undefined) => {
    try {
      transport({ mode, apiHost });
      return "accepted";
    } catch (error) {
      return error instanceof GatewayError ? error.failure : "another error";
    }
  };

  it("is the one of the mode, an encrypted one, or on this machine", () => {
    expect(failure("test", undefined)).toBe("accepted");
    expect(failure("live", undefined)).toBe("accepted");
    expect(failure("test", "https://sandbox-api-pay.line.me")).toBe("accepted");
    expect(failure("live", "https://api-pay.line.me")).toBe("accepted");
    expect(failure("test", "http://127.0.0.1:4013")).toBe("accepted");
    expect(failure("test", "http://line-pay.example.com")).toBe("configuration");
    expect(failure("test", "https://api.example.com/v3")).toBe("configuration");
  });

  it("is never the one of the other mode: production takes sandbox credentials without complaint", () => {
    expect(failure("live", "https://sandbox-api-pay.line.me")).toBe("configuration");
    expect(failure("live", "https://SANDBOX-api-pay.line.me:443/")).toBe("configuration");
    expect(failure("test", "https://api-pay.line.me")).toBe("configuration");
  });
});

describe("a key or an id that would address something else", () => {
  it("is not sent", async () => {
    const before = server.requests.length;
    for (const secret of ["", ".", ".."]) {
      const path = ["preapprovedPay", { secret, label: "[billing key]" }, "payment"];
      expect((await errorOf(transport().send({ ...charge, path }))).failure).toBe(
        "invalid_request",
      );
    }
    expect(server.requests.length).toBe(before);
  });
});
