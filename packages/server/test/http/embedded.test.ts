import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMaedal } from "../../src/index.ts";
import { createTestDatabase } from "../support/test-database.ts";

const baseUrl = "https://pay.example.com";

describe("maedal inside another application", () => {
  it("answers requests, works, and closes twice without harm", async () => {
    const db = await createTestDatabase();
    const journalDirectory = await mkdtemp(join(tmpdir(), "maedal-embedded-journal-"));
    try {
      const maedal = await createMaedal({
        baseUrl,
        databaseUrl: db.url,
        masterKey: "55".repeat(32),
        journalDirectory,
        logLevel: "silent",
      });
      maedal.startWorker();
      const health = await maedal.fetch(new Request(`${baseUrl}/healthz`));
      expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
      const document = await maedal.fetch(new Request(`${baseUrl}/openapi.json`));
      expect(await document.json()).toHaveProperty("servers", [{ url: baseUrl }]);
      await maedal.close();
      await maedal.close();
    } finally {
      await rm(journalDirectory, { recursive: true, force: true });
      await db.drop();
    }
  });

  it("is refused a database without the master key", async () => {
    const db = await createTestDatabase();
    const options = { baseUrl, databaseUrl: db.url, dataDirectory: "/nonexistent" };
    await expect(createMaedal(options)).rejects.toThrow("There is no master key.");
    await db.drop();
  });
});
