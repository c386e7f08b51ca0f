import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { runMaedal, startMaedal } from "./run-maedal.ts";

const masterKey = "33".repeat(32);

let db: TestDatabase;
let environment: Record<string, string>;
beforeAll(async () => {
  db = await createTestDatabase();
  environment = { DATABASE_URL: db.url, MAEDAL_MASTER_KEY: masterKey };
});
afterAll(async () => {
  await db.drop();
});

const asJson = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe("maedal without a command it knows", () => {
  it("shows its help, with examples for each command, and ends well", async () => {
    const general = await runMaedal(["--help"], {});
    expect([general.code, general.out.includes("DATABASE_URL")]).toEqual([0, true]);
    const ofKeys = await runMaedal(["keys", "create", "--help"], {});
    expect([ofKeys.code, ofKeys.out.includes("Examples:")]).toEqual([0, true]);
  });

  it("ends with 2 when it does not understand", async () => {
    const { code, err } = await runMaedal(["serv"], {});
    expect(code).toBe(2);
    expect(err).toContain("Did you mean serve?");
  });
});

describe("maedal with an environment that does not say how to run", () => {
  it("names every variable and its fix, and starts nothing", async () => {
    const wrong = { DATABASE_URL: "mysql://x/y", MAEDAL_PORT: "99999", MAEDAL_BASE_URL: "pay" };
    const { code, err } = await runMaedal(["serve"], wrong);
    expect(code).toBe(1);
    expect(err.trim().split("\n")).toEqual([
      "DATABASE_URL must look like postgres://user:password@host/database.",
      "MAEDAL_PORT must be at most 65535.",
      "MAEDAL_BASE_URL must look like https://pay.example.com, without a path.",
    ]);
  });

  it("asks for a master key when the database is not its own", async () => {
    const { code, err } = await runMaedal(["keys", "list"], {
      DATABASE_URL: db.url,
      MAEDAL_DATA: join(tmpdir(), "maedal-nowhere"),
    });
    expect(code).toBe(1);
    expect(err).toContain("openssl rand -base64 32");
  });
});

describe("maedal keys", () => {
  it("makes an account on first use and shows the key once", async () => {
    const create = ["keys", "create", "--account", "Milk", "--name", "web shop", "--json"];
    const first = asJson((await runMaedal(create, environment)).out);
    const second = asJson((await runMaedal(create, environment)).out);
    expect(second["accountId"]).toBe(first["accountId"]);
    expect(String(first["key"])).toMatch(/^mdl_test_/);
    const list = await runMaedal(["keys", "list"], environment);
    expect(list.out).toContain(String(first["id"]));
    expect(list.out).not.toContain(String(first["key"]));
  });

  it("revokes a key", async () => {
    const { out } = await runMaedal(["keys", "create", "--mode", "live", "--json"], environment);
    const id = String(asJson(out)["id"]);
    const revoked = await runMaedal(["keys", "revoke", id, "--json"], environment);
    expect([revoked.code, asJson(revoked.out)["id"]]).toEqual([0, id]);
    const unknown = await runMaedal(["keys", "revoke", "key_nonsense"], environment);
    expect([unknown.code, unknown.err]).toEqual([
      1,
      "There is no API key key_nonsense: see `maedal keys list`.\n",
    ]);
  });
});

describe("maedal migrate", () => {
  it("says when there is nothing to do", async () => {
    const status = await runMaedal(["migrate", "--status", "--json"], environment);
    expect([status.code, asJson(status.out)["pending"]]).toEqual([0, []]);
    const { code, out } = await runMaedal(["migrate"], environment);
    expect([code, out]).toEqual([0, "The database is up to date.\n"]);
  });

  it("says what is missing, and does it", async () => {
    const empty = await createTestDatabase({ template: "empty" });
    try {
      const own = { ...environment, DATABASE_URL: empty.url };
      expect((await runMaedal(["migrate", "--status"], own)).code).toBe(1);
      expect((await runMaedal(["doctor"], own)).out).toContain("Run `maedal migrate`");
      expect((await runMaedal(["migrate"], own)).out).toContain("0001_initial");
      expect((await runMaedal(["migrate", "--status"], own)).code).toBe(0);
    } finally {
      await empty.drop();
    }
  });
});

describe("maedal doctor", () => {
  it("finds nothing wrong where nothing is", async () => {
    const { code, out } = await runMaedal(["doctor", "--json"], environment);
    expect([code, asJson(out)["ok"]]).toEqual([0, true]);
  });

  it("notices a master key that is not the one of the accounts", async () => {
    const other = { ...environment, MAEDAL_MASTER_KEY: "44".repeat(32) };
    const { code, out } = await runMaedal(["doctor"], other);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ Account Milk \(test\): Encrypted with key/);
  });

  it("says so when the database cannot be reached", async () => {
    const nowhere = { ...environment, DATABASE_URL: "postgres://x@127.0.0.1:1/x" };
    const { code, out } = await runMaedal(["doctor"], nowhere);
    expect(code).toBe(1);
    expect(out).toContain("✗ PostgreSQL: ");
  });
});

describe("maedal why", () => {
  it("says that it knows nothing of an id", async () => {
    const { code, err } = await runMaedal(["why", "chg_nonsense"], environment);
    expect(code).toBe(1);
    expect(err).toContain("There is no charge, invoice or subscription chg_nonsense");
  });
});

describe("maedal serve", () => {
  it("answers until it is asked to stop, and then ends well", async () => {
    const server = await startMaedal(["serve", "--port", "0", "--json"], environment);
    const url = String(server.ready["url"]);
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
    const unnamed = await fetch(`${url}/v1/plans`, { method: "DELETE" });
    expect(unnamed.status).toBe(401);
    const ended = await server.stop();
    expect(ended.code).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it("says which port is taken", async () => {
    const server = await startMaedal(
      ["serve", "--no-worker", "--port", "0", "--json"],
      environment,
    );
    const { port } = new URL(String(server.ready["url"]));
    const second = await runMaedal(["serve", "--no-worker", "--port", port], environment);
    expect([second.code, second.err]).toEqual([
      1,
      `Port ${port} is taken: choose another with MAEDAL_PORT.\n`,
    ]);
    expect((await server.stop("SIGINT")).code).toBe(0);
  });
});

describe("maedal worker", () => {
  it("works until it is asked to stop", async () => {
    const worker = await startMaedal(["worker", "--json"], environment);
    expect(worker.ready["worker"]).toBe(true);
    expect((await worker.stop()).code).toBe(0);
  });
});

describe("maedal emulator", () => {
  it("prints where everything is on one line, credentials included", async () => {
    const emulator = await startMaedal(["emulator", "--port", "0"], {});
    const { control, toss } = emulator.ready as { control: string; toss: Record<string, string> };
    expect(Object.keys(toss)).toEqual(["url", "clientKey", "secretKey"]);
    expect((await fetch(`${control}/ledger`)).status).toBe(200);
    expect((await emulator.stop()).code).toBe(0);
  });
});

describe("maedal on a machine with nothing but Node", () => {
  it("makes its own database and master key, and other commands work beside it", async () => {
    const directory = await mkdtemp(join(tmpdir(), "maedal-cli-"));
    const own = { MAEDAL_DATA: join(directory, "data") };
    try {
      const server = await startMaedal(["serve", "--port", "0", "--json"], own);
      const keyFile = join(own.MAEDAL_DATA, "master.key");
      expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
      const { code, out } = await runMaedal(["keys", "create", "--json"], own);
      expect(code).toBe(0);
      const authorization = `Bearer ${String(asJson(out)["key"])}`;
      const account = `${String(server.ready["url"])}/v1/account`;
      expect((await fetch(account, { headers: { authorization } })).status).toBe(200);
      const { err } = await server.stop();
      expect(err).toContain(`Made the master key ${keyFile}`);

      await rm(keyFile);
      const keyless = await runMaedal(["serve", "--port", "0"], own);
      expect(keyless.code).toBe(1);
      expect(keyless.err).toContain("Put it back from your backup");
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
