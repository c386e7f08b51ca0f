import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpSender, NoAnswerError, NotSentError, type HttpRequest } from "./http.ts";

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => {})));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => {
      server.close(resolve);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function httpServer(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createHttpServer(listener))}`;
}

/** A server below HTTP: `talk` gets each connection's bytes. */
async function rawServer(talk: (socket: Socket, bytes: string) => void): Promise<number> {
  return listen(
    createServer((socket) => socket.on("data", (bytes) => talk(socket, String(bytes)))),
  );
}

function sender(options?: Parameters<typeof createHttpSender>[0]) {
  const created = createHttpSender(options);
  ends.push(() => created.close());
  return created;
}

function charge(url: string, timeouts: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "POST",
    url: `${url}/v1/billing/secret-key?x=1`,
    headers: { "content-type": "application/json" },
    body: '{"amount":4900}',
    connectTimeoutMs: 5_000,
    readTimeoutMs: 5_000,
    ...timeouts,
  };
}

/** The failure's class and whether its text gives the path away. */
async function failureOf(sent: Promise<unknown>) {
  const error = await sent.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const kind =
    error instanceof NotSentError
      ? "not sent"
      : error instanceof NoAnswerError
        ? "no answer"
        : String(error);
  return { kind, isDiscreet: error instanceof Error && !String(error.stack).includes("secret") };
}

const notSent = { kind: "not sent", isDiscreet: true };
const noAnswer = { kind: "no answer", isDiscreet: true };

describe("a request that is answered", () => {
  it("carries method, path, headers and the exact bytes, and brings the answer back", async () => {
    const seen: unknown[] = [];
    const url = await httpServer((request, response) => {
      request.on("data", (bytes: Buffer) => {
        seen.push([request.method, request.url, request.headers["content-type"], String(bytes)]);
      });
      request.on("end", () => response.writeHead(201, { "X-Trace": "abc" }).end("답"));
    });
    const { status, headers, body } = await sender().send(charge(url));
    expect({ status, trace: headers["x-trace"], body }).toEqual({
      status: 201,
      trace: "abc",
      body: "답",
    });
    expect(seen).toEqual([
      ["POST", "/v1/billing/secret-key?x=1", "application/json", '{"amount":4900}'],
    ]);
  });

  it("is not redirected", async () => {
    const url = await httpServer((_request, response) =>
      response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
    );
    expect((await sender().send(charge(url))).status).toBe(307);
  });

  it("waits through an interim answer for the real one", async () => {
    const url = await httpServer((_request, response) => {
      response.writeEarlyHints({ link: "</a>; rel=preload" });
      response.writeHead(200).end("real");
    });
    const { status, body } = await sender().send(charge(url));
    expect({ status, body }).toEqual({ status: 200, body: "real" });
  });
});

describe("a connection that is never made", () => {
  it("proves that nothing was sent when the port is closed", async () => {
    const closing = createServer();
    const port = await listen(closing);
    await new Promise((resolve) => {
      closing.close(resolve);
    });
    ends.pop();
    const sent = sender().send(charge(`http://127.0.0.1:${port}`));
    expect(await failureOf(sent)).toEqual(notSent);
  });

  it("proves that nothing was sent when the host has no address", async () => {
    const sent = sender().send(charge("http://toss.invalid"));
    expect(await failureOf(sent)).toEqual(notSent);
  });

  it("proves that nothing was sent when the TLS handshake fails", async () => {
    const port = await rawServer((socket) => socket.end("this is no TLS"));
    const sent = sender().send(charge(`https://127.0.0.1:${port}`));
    expect(await failureOf(sent)).toEqual(notSent);
  });

  it("proves that nothing was sent when no connection became free in time, and sends nothing later", async () => {
    const arrivals: string[] = [];
    let firstArrived = (_answer: () => void) => {};
    const answerFirst = new Promise<() => void>((resolve) => {
      firstArrived = resolve;
    });
    const url = await httpServer((request, response) => {
      arrivals.push(request.url ?? "");
      if (request.url === "/first") firstArrived(() => response.end("first"));
      else response.end("later");
    });
    const one = sender({ connections: 1 });
    const first = one.send({ ...charge(url), url: `${url}/first` });
    const second = one.send(charge(url, { connectTimeoutMs: 50 }));
    expect(await failureOf(second)).toEqual(notSent);
    (await answerFirst)();
    expect((await first).body).toBe("first");
    expect((await one.send({ ...charge(url), url: `${url}/third` })).body).toBe("later");
    expect(arrivals).toEqual(["/first", "/third"]);
  });
});

describe("a request that may have arrived", () => {
  it("has no answer when the connection is cut, and is not sent again", async () => {
    const arrivals: string[] = [];
    const port = await rawServer((socket, bytes) => {
      arrivals.push(bytes.split("\r\n")[0] ?? "");
      socket.resetAndDestroy();
    });
    const get = { ...charge(`http://127.0.0.1:${port}`), method: "GET" } as const;
    expect(await failureOf(sender().send(charge(`http://127.0.0.1:${port}`)))).toEqual(noAnswer);
    expect(await failureOf(sender().send({ ...get, body: "" }))).toEqual(noAnswer);
    expect(arrivals).toEqual([
      "POST /v1/billing/secret-key?x=1 HTTP/1.1",
      "GET /v1/billing/secret-key?x=1 HTTP/1.1",
    ]);
  });

  it("has no answer when a connection that was kept alive is cut, and is not sent again", async () => {
    let arrivals = 0;
    const url = await httpServer((request, response) => {
      arrivals += 1;
      if (arrivals === 1) response.end("first");
      else request.socket.resetAndDestroy();
    });
    const one = sender({ connections: 1 });
    expect((await one.send(charge(url))).body).toBe("first");
    expect(await failureOf(one.send(charge(url)))).toEqual(noAnswer);
    expect(arrivals).toBe(2);
  });

  it("has no answer when nothing comes within the read timeout", async () => {
    const url = await httpServer(() => {});
    const sent = sender().send(charge(url, { readTimeoutMs: 50 }));
    expect(await failureOf(sent)).toEqual(noAnswer);
  });

  it("has no answer when the body is not complete within the read timeout", async () => {
    const url = await httpServer((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("{");
    });
    const sent = sender().send(charge(url, { readTimeoutMs: 100 }));
    expect(await failureOf(sent)).toEqual(noAnswer);
  });

  it("has no answer when the body ends early", async () => {
    const port = await rawServer((socket) =>
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}"),
    );
    const sent = sender().send(charge(`http://127.0.0.1:${port}`));
    expect(await failureOf(sent)).toEqual(noAnswer);
  });

  it("has no answer when the answer is not HTTP, and its bytes are not repeated", async () => {
    const port = await rawServer((socket) => socket.end("secret bytes of a billing key\r\n\r\n"));
    const sent = sender().send(charge(`http://127.0.0.1:${port}`));
    expect(await failureOf(sent)).toEqual(noAnswer);
  });

  it("has no answer when the answer is longer than allowed", async () => {
    const url = await httpServer((_request, response) => response.end("x".repeat(2_000)));
    const sent = sender({ maximumAnswerBytes: 1_000 }).send(charge(url));
    expect(await failureOf(sent)).toEqual(noAnswer);
  });
});
