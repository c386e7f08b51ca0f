import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertApiKey } from "../../src/accounts/api-key-store.ts";
import { runCommand } from "../../src/cli/program.ts";
import { checkAccounts } from "../../src/cli/checks.ts";
import { newId } from "../../src/ids/id.ts";
import { operatorPages } from "../../src/pages/operator-pages.ts";
import { newApiKey } from "../../src/security/api-key.ts";
import { connectionNow, masterKey } from "../support/world.ts";
import {
  createSunsetWorld,
  moveToToss,
  subscribeAtChai,
  tendAll,
  type SunsetWorld,
} from "./sunset-world.ts";

const baseUrl = "https://pay.example";

let world: SunsetWorld;
beforeAll(async () => {
  world = await createSunsetWorld();
  await moveToTossLater();
});
afterAll(() => world.stop());

/** Two customers of CHAI; one has moved by the time that the pages are looked at. */
let moveOne: () => Promise<unknown>;
async function moveToTossLater(): Promise<void> {
  await subscribeAtChai(world);
  const moves = await subscribeAtChai(world);
  moveOne = () => moveToToss(world, moves);
}

/** An operator who has logged in, and reads English. */
async function logIn() {
  const { accountId, engine } = world;
  const { hash, hint, text: apiKey } = newApiKey("test", engine.effects.random);
  const id = newId("key", engine.effects.random);
  await insertApiKey(engine.database, { accountId, id, name: "the desk", hash, hint });
  const pages = operatorPages({ engine, baseUrl, masterKey });
  const log = { apiKey: apiKey.reveal() };
  const door = await pages.request(`${baseUrl}/operator/log-in`, {
    method: "POST",
    body: new URLSearchParams(log),
  });
  const cookie = door.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const get = async (path: string) => {
    const answer = await pages.request(`${baseUrl}${path}?lang=en`, { headers: { cookie } });
    return await answer.text();
  };
  const submit = async (path: string, fields: Record<string, string>, hasToken = true) => {
    const token = /name="formToken" value="([^"]+)"/.exec(await get("/operator"))?.[1] ?? "";
    const body = new URLSearchParams({ ...fields, ...(hasToken ? { formToken: token } : {}) });
    const init = { method: "POST", headers: { cookie }, body };
    const answer = await pages.request(`${baseUrl}${path}?lang=en`, init);
    return { status: answer.status, text: await answer.text() };
  };
  return { get, submit };
}

const plain = (page: string) => page.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");

describe("an operator who leaves CHAI", () => {
  it("sees what it would mean, decides by a tick, and has the links of those who wait", async () => {
    const { connection, successor } = world;
    const { get, submit } = await logIn();
    const path = `/operator/connections/${connection.id}/sunset`;
    expect(await get("/operator/connections")).toContain(`href="${path}"`);
    expect(await get(path)).toContain(`<option value="${successor.id}" >toss</option>`);

    const fields = {
      successorId: successor.id,
      reason: "CHAI closes",
      lastChargeOn: "2100-12-31",
      whenSilent: "cancel",
      cancelOn: "2101-02-01",
    };
    const preview = await submit(`${path}/preview`, fields);
    for (const said of [
      "Where customers are to register toss",
      "2 subscriptions",
      "2 fall due before: charged here",
      "2101-01-01 00:00:00 (Asia/Seoul)",
      "Cancel on a date: 2101-02-01 00:00:00 (Asia/Seoul)",
    ]) {
      expect(plain(preview.text)).toContain(said);
    }
    expect(preview.text).toContain('name="lastChargeOn" value="2100-12-31"');
    expect((await connectionNow(world)).state).toBe("active");

    expect((await submit(path, fields)).status).toBe(409);
    expect((await submit(path, { ...fields, isConfirmed: "yes" }, false)).status).toBe(403);
    expect((await connectionNow(world)).state).toBe("active");
    expect((await submit(path, { ...fields, isConfirmed: "yes" })).status).toBe(303);
    expect((await connectionNow(world)).state).toBe("sunset");

    await tendAll(world);
    await moveOne();
    const page = await get(path);
    expect(plain(page)).toContain("1 of 2 have switched");
    expect(plain(page)).toContain("1 wait: 1 have a link, 0 began to register, 1 are silent");
    expect(page).toMatch(/data-copy="https:\/\/pay\.example\/m\/mrq_[0-9a-z]{26}"/);
    // The form that changes it begins with what was decided.
    for (const decided of [
      'value="CHAI closes"',
      'name="lastChargeOn" value="2100-12-31"',
      '<option value="cancel" selected>',
      'name="cancelOn" value="2101-02-01"',
    ]) {
      expect(page.replaceAll(/\s+/g, " ")).toContain(decided);
    }
  });

  it("is told by the doctor how many wait, and by the command line how far it is", async () => {
    const checks = await checkAccounts(world.engine);
    const { connection, successor } = world;
    const own = checks.find(({ name }) => name.includes(connection.id));
    expect(own).toEqual({
      name: `Connection portone (${connection.id})`,
      state: "notice",
      detail: `sunset, charges until 2100-12-31T15:00:00Z: 1 subscriptions wait for another method, see \`maedal sunset status ${connection.id}\``,
    });
    const { code, printed } = await run(["sunset", "status", connection.id]);
    expect([code, printed.split("\n").slice(0, 3)]).toEqual([
      0,
      [
        `[############------------] 1 of 2 have switched to ${successor.id}`,
        "1 wait: 1 have a link, 0 of them began to register, 1 are silent.",
        "The connection charges until 2100-12-31T15:00:00Z.",
      ],
    ]);
  });

  it("takes it back by a tick, too", async () => {
    const { submit } = await logIn();
    const path = `/operator/connections/${world.connection.id}/sunset/take-back`;
    expect((await submit(path, {})).status).toBe(409);
    expect((await submit(path, { isConfirmed: "yes" })).status).toBe(303);
    expect((await connectionNow(world)).state).toBe("active");
  });
});

async function run(args: readonly string[]) {
  const lines: string[] = [];
  const environment = { DATABASE_URL: world.db.url, MAEDAL_MASTER_KEY: "11".repeat(32) };
  const print = (text: string) => void lines.push(text);
  const code = await runCommand(args, { environment, print, say: print });
  return { code, printed: lines.join("\n") };
}

describe("maedal sunset", () => {
  it("tells what it would mean, does it, and takes it back", async () => {
    const { connection, successor } = world;
    const start = ["sunset", "start", connection.id, "--to", successor.id, "--reason", "closes"];
    const dry = await run([...start, "--charges-until", "2100-12-31T15:00:00Z", "--dry-run"]);
    expect(dry).toEqual({
      code: 0,
      printed: [
        "1 subscriptions pay by it, with 1 billing keys.",
        "Charging stops at 2100-12-31T15:00:00Z: 1 fall due before, 0 after.",
        "Who brings no other method stays, and owes what falls due.",
      ].join("\n"),
    });
    expect((await connectionNow(world)).state).toBe("active");
    const done = await run([...start, "--charges-until", "2100-12-31T15:00:00Z", "--json"]);
    expect(JSON.parse(done.printed)).toMatchObject({ state: "charging", reason: "closes" });
    const wrong = await run([...start, "--cancel-at", "tomorrow"]);
    expect(wrong).toEqual({
      code: 1,
      printed: "--cancel-at is an instant such as 2026-12-31T15:00:00Z.",
    });
    const back = await run(["sunset", "take-back", connection.id]);
    expect([back.code, (await connectionNow(world)).state]).toEqual([0, "active"]);
  });
});
