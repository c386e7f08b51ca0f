import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startScriptedServer, type ScriptedServer } from "../../test/support/scripted-server.ts";
import { GatewayError } from "../gateway-error.ts";
import { createHttpSender, NotSentError, type HttpSender } from "../http.ts";
import { basicAuthorization, createTossTransport, type TossCall } from "./transport.ts";

const secretKey = "test_sk_TOPSECRETKEY";

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

function transport(options: Partial<Parameters<typeof createTossTransport>[0]> = {}) {
  return createTossTransport({ secretKey, sender, apiHost: server.url, ...options });
}

const charge: TossCall = {
  operation: "charge",
  method: "POST",
  path: ["billing", { secret: "BILLINGKEY_a-b=", label: "[billing key]" }],
  body: { customerKey: "CUSTOMERKEY", orderId: "order-1" },
  idempotencyKey: "idem-1",
};

async function errorOf(sent: Promise<unknown>): Promise<GatewayError> {
  const error = await sent.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError)) throw new Error("A GatewayError was expected.");
  return error;
}

describe("authentication", () => {
  it("is the secret key, a colon and no password, in base64", () => {
    // The pair that Toss Payments prints in its own documents.
    expect(basicAuthorization("test_sk_zXLkKEypNArWmo50nX3lmeaxYG5R")).toBe(
      "Basic dGVzdF9za196WExrS0V5cE5BcldtbzUwblgzbG1lYXhZRzVSOg==",
    );
  });
});

describe("a POST", () => {
  it("is JSON with the idempotency key, to the percent-encoded path, and asks for no language or version", async () => {
    server.script({ status: 200, body: {} });
    await transport().send(charge);
    const { method, path, headers, body } = server.requests.at(-1)!;
    const { host, connection, "content-length": length, ...own } = headers;
    expect({ method, path, own, body }).toEqual({
      method: "POST",
      path: "/v1/billing/BILLINGKEY_a-b%3D",
      own: {
        authorization: `Basic ${Buffer.from(`${secretKey}:`).toString("base64")}`,
        "content-type": "application/json",
        "idempotency-key": "idem-1",
      },
      body: '{"customerKey":"CUSTOMERKEY","orderId":"order-1"}',
    });
    expect([host, connection, length]).toEqual([new URL(server.url).host, "keep-alive", "49"]);
  });
});

describe("a GET and a DELETE", () => {
  it("carry no body and no idempotency key", async () => {
    server.script({ status: 200, body: {} }, { status: 200 });
    const { body: _, ...bare } = charge;
    await transport().send({
      ...bare,
      method: "GET",
      path: ["payments", "p"],
      query: { a: "1:2" },
    });
    await transport().send({ ...bare, method: "DELETE" });
    const sent = server.requests.slice(-2).map(({ method, path, headers, body }) => {
      const {
        authorization: _authorization,
        host: _host,
        connection: _connection,
        ...own
      } = headers;
      return { method, path, own, body };
    });
    expect(sent).toEqual([
      { method: "GET", path: "/v1/payments/p?a=1%3A2", own: {}, body: "" },
      { method: "DELETE", path: "/v1/billing/BILLINGKEY_a-b%3D", own: {}, body: "" },
    ]);
  });
});

describe("an answer", () => {
  it("comes with its trace id, its retry-after and the digits of its large numbers", async () => {
    server.script({
      status: 429,
      body: '{"id":1234567890123456789}',
      headers: { "x-tosspayments-trace-id": "trace-1", "retry-after": "30" },
    });
    const { redactor: _, ...answer } = await transport().send(charge);
    expect(answer).toEqual({
      operation: "charge",
      status: 429,
      body: { id: "1234567890123456789" },
      retryAfterSeconds: 30,
      exchange: {
        method: "POST",
        path: "/v1/billing/[billing key]",
        requestBody: { customerKey: "[customer key]", orderId: "order-1" },
        status: 429,
        answerBody: { id: "1234567890123456789" },
        traceId: "trace-1",
      },
    });
  });

  it("that is not JSON is kept as its length only", async () => {
    server.script({ status: 502, body: "<html>BILLINGKEY_a-b=</html>" });
    const { body, exchange } = await transport().send(charge);
    expect({ body, answerBody: exchange.answerBody }).toEqual({
      body: undefined,
      answerBody: "[not JSON, 28 characters]",
    });
  });
});

describe("a call without an answer", () => {
  const noOne = "http://127.0.0.1:1";

  it("was not sent when that is proved", async () => {
    const error = await errorOf(transport({ apiHost: noOne }).send(charge));
    expect(error.failure).toBe("not_sent");
  });

  it("is unknown when the connection was cut or the read timeout passed", async () => {
    server.script("hang up");
    expect((await errorOf(transport().send(charge))).failure).toBe("outcome_unknown");

    server.script("silence");
    const impatient = transport({ timeouts: { connectMs: 5_000, readMs: 50 } });
    expect((await errorOf(impatient.send(charge))).failure).toBe("outcome_unknown");
  });

  it("says nothing about a payment that was looked up, even when it was not sent", async () => {
    const lookUp: TossCall = { operation: "look_up", method: "GET", path: ["payments", "p"] };
    const error = await errorOf(transport({ apiHost: noOne }).send(lookUp));
    expect(error.failure).toBe("outcome_unknown");
  });

  it("is unknown when the sender itself breaks", async () => {
    const broken: HttpSender = {
      send: () => Promise.reject(new TypeError("Invalid URL: /BILLINGKEY_a-b=")),
      close: () => Promise.resolve(),
    };
    const error = await errorOf(transport({ sender: broken }).send(charge));
    expect(error.failure).toBe("outcome_unknown");
    expect(inspect(error)).not.toContain("BILLINGKEY");
  });

  it("gives the sender the timeouts of the connection", async () => {
    const asked: unknown[] = [];
    const watching: HttpSender = {
      send: ({ connectTimeoutMs, readTimeoutMs }) => {
        asked.push({ connectTimeoutMs, readTimeoutMs });
        return Promise.reject(new NotSentError("watching"));
      },
      close: () => Promise.resolve(),
    };
    await errorOf(transport({ sender: watching }).send(charge));
    const timeouts = { connectMs: 1_000, readMs: 2_000 };
    await errorOf(transport({ sender: watching, timeouts }).send(charge));
    expect(asked).toEqual([
      { connectTimeoutMs: 10_000, readTimeoutMs: 65_000 },
      { connectTimeoutMs: 1_000, readTimeoutMs: 2_000 },
    ]);
  });
});

describe("the API's host", () => {
  const failure = (apiHost: string) => {
    try {
      createTossTransport({ secretKey, sender, apiHost });
      return "accepted";
    } catch (error) {
      return error instanceof GatewayError ? error.failure : "another error";
    }
  };

  it("is encrypted, or on this machine", () => {
    expect(failure("https://api.tosspayments.com")).toBe("accepted");
    expect(failure("http://127.0.0.1:4011")).toBe("accepted");
    expect(failure("http://localhost:4011/")).toBe("accepted");
    expect(failure("http://[::1]:4011")).toBe("accepted");
    expect(failure("http://api.tosspayments.com")).toBe("configuration");
    expect(failure("http://127.0.0.1.example.com")).toBe("configuration");
    expect(failure("ftp://127.0.0.1")).toBe("configuration");
  });

  it("is a host and nothing else", () => {
    expect(failure("https://api.tosspayments.com/v1")).toBe("configuration");
    expect(failure("https://user:word@api.tosspayments.com")).toBe("configuration");
    expect(failure("api.tosspayments.com")).toBe("configuration");
  });
});

describe("an id that would address something else", () => {
  it("is not sent", async () => {
    const before = server.requests.length;
    for (const id of ["", ".", ".."]) {
      const refund: TossCall = { operation: "refund", method: "POST", path: ["payments", id] };
      expect((await errorOf(transport().send(refund))).failure).toBe("invalid_request");
      const lookUp: TossCall = { operation: "look_up", method: "GET", path: ["payments", id] };
      expect((await errorOf(transport().send(lookUp))).failure).toBe("outcome_unknown");
    }
    expect(server.requests.length).toBe(before);
  });
});
