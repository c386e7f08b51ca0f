import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { claimCharges, type ClaimedCharge } from "../../src/charges/claim-charges.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import type { Connection } from "../../src/connections/connection.ts";
import {
  listJournalFiles,
  realJournalFiles,
  type JournalFiles,
} from "../../src/journal/journal-files.ts";
import { acceptJournals, listJournals } from "../../src/journal/journal-store.ts";
import {
  endRecovery,
  findOpenRecovery,
  readRecoveryState,
  type RecoveryState,
} from "../../src/journal/recovery-store.ts";
import { tendRecovery } from "../../src/journal/tend-recovery.ts";
import { sendRefunds } from "../../src/refunds/send-refunds.ts";
import { createJournalWorld, type JournalWorld, type Process } from "../journal/journal-world.ts";
import { askForRefund, ledgerRefunds, paidCharge } from "../support/refund-world.ts";
import { declineThenPay } from "../support/forgotten-period.ts";
import { spoilCharge } from "../support/provider-terms.ts";
import {
  addConnection,
  chargePayments,
  patientWindows,
  registerMethod,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

let hazard: JournalWorld;
afterEach(() => hazard.stop());

const keepDays = 40;

/** The primary is lost, and a standby takes its place. */
async function failOver(timeline: number): Promise<void> {
  await hazard.world.db.database.execute(
    `create or replace function server_history() returns text language sql stable
     as $$ select (select system_identifier::text from pg_control_system()) || '/0000000${timeline}' $$`,
  );
}

/** The first look sees that something is other than it was, the second compares. */
async function notice({ opened }: Process): Promise<void> {
  await opened.check();
  await opened.check();
}

const reasons = async () => (await hazard.recoveries()).map(({ reason }) => reason);
const isOpen = async () => (await findOpenRecovery(hazard.world.db.database)) !== undefined;

const paidOrders = async () => (await chargePayments(hazard.world)).map(({ orderId }) => orderId);

/** How far the open recovery is. */
async function recoveryState(): Promise<RecoveryState> {
  const { database } = hazard.world.db;
  const recovery = await findOpenRecovery(database);
  return await readRecoveryState(database, recovery?.id ?? "", keepDays);
}

/** A new subscriber's first charge goes so far; then its process ends, and its database forgets it. */
async function forgetFirstCharge(status: "captured" | "reconciling") {
  const { world } = hazard;
  const process = await hazard.start();
  process.work();
  const beforeCharge = () => hazard.snapshot();
  const { customerId, subscription } = await subscribe(world, { beforeCharge });
  const [charge] = await untilCharges(world, subscription.id, status);
  await process.stop();
  await hazard.restore();
  return { customerId, subscriptionId: subscription.id, orderId: charge?.order_id };
}

/** A process works until nothing of the loss is open any more. */
async function recover(process: Process): Promise<void> {
  process.work();
  await hazard.untilRecovered();
}

async function claimOne({ engine }: Process): Promise<ClaimedCharge> {
  const { connection, patient } = hazard.world;
  const { capabilities } = await patient.of(engine.database, connection);
  const [claimed] = await claimCharges(engine, connection, capabilities, "real", 1);
  if (claimed === undefined) throw new Error("nothing was claimed");
  return claimed;
}

async function send({ engine }: Process, claimed: ClaimedCharge): Promise<string> {
  const { connection, patient } = hazard.world;
  const gateway = await patient.of(engine.database, connection);
  const result = await sendCharge(engine, connection, gateway, claimed);
  return result.of === "attempt" ? result.outcome.kind : result.of;
}

describe("a process that went through two failovers, and is started again", () => {
  it("knows the history that it compared with last: nothing is recovered anew, and it stays vouched for", async () => {
    hazard = await createJournalWorld();
    const { database } = hazard.world.db;
    const running = await hazard.start();
    for (const timeline of [2, 3]) {
      await failOver(timeline);
      await notice(running);
      await endRecovery(database, "test", "nothing was lost");
    }
    const [before] = await listJournals(database);
    await running.stop();
    await hazard.start();
    const [after] = await listJournals(database);
    expect(await reasons()).toHaveLength(2);
    expect(after?.acceptedBy).toBe(before?.acceptedBy);
    expect(after?.epoch).toBe((before?.epoch ?? 0) + 1);
  });
});

describe("a line that is being written while journal and database are compared", () => {
  it("is compared too", async () => {
    hazard = await createJournalWorld();
    const { world } = hazard;
    const disk = slowDisk();
    const running = await hazard.start({ files: disk.files });
    await subscribe(world);
    await hazard.snapshot();
    const claimed = await claimOne(running);
    disk.hold();
    const sending = send(running, claimed);
    await hazard.restore();
    const noticing = notice(running);
    await new Promise((resolve) => setTimeout(resolve, 500));
    disk.release();
    await noticing;
    await sending;
    await running.opened.check();
    expect(await hazard.recoveries()).toMatchObject([{ sends: 1 }]);
  });
});

describe("a claim that was committed before a failover which lost it", () => {
  it("is not sent once the failover was noticed", async () => {
    hazard = await createJournalWorld();
    const { world } = hazard;
    const running = await hazard.start();
    await subscribe(world);
    await hazard.snapshot();
    const claimed = await claimOne(running);
    await hazard.restore();
    await failOver(2);
    await notice(running);
    expect(await send(running, claimed)).toBe("not_sent");
    expect(await chargePayments(world)).toEqual([]);
  });

  it("is sent when the failover has kept it", async () => {
    hazard = await createJournalWorld();
    const { world } = hazard;
    const running = await hazard.start();
    await subscribe(world);
    const claimed = await claimOne(running);
    await failOver(2);
    await notice(running);
    expect(await send(running, claimed)).toBe("captured");
  });
});

describe("a recovery on a machine with two running processes", () => {
  it("waits until each has compared its own journal: the other's next line is not in it yet", async () => {
    hazard = await createJournalWorld();
    const first = await hazard.start();
    const second = await hazard.start();
    await failOver(2);
    await notice(second);
    expect(await tendRecovery(second.engine, keepDays)).toBe(true);
    await notice(first);
    expect(await tendRecovery(second.engine, keepDays)).toBe(false);
  });

  it("does not wait for the journal of one that has ended", async () => {
    hazard = await createJournalWorld();
    const first = await hazard.start();
    const second = await hazard.start();
    await first.stop();
    await failOver(2);
    await notice(second);
    expect(await tendRecovery(second.engine, keepDays)).toBe(false);
  });
});

describe("a database that is set back into a recovery of its own", () => {
  it("has every journal compared anew: what was compared then says nothing of what was sent since", async () => {
    hazard = await createJournalWorld();
    const { directory, world } = hazard;
    const { database } = world.db;
    const mine = await hazard.start();
    const theirs = await hazard.start({ directory: `${directory}-of-another-machine` });
    await acceptJournals(database, "test", undefined);
    await failOver(2);
    await notice(mine);
    await notice(theirs);
    await hazard.snapshot();
    await endRecovery(database, "test", "by hand");
    await theirs.stop();
    await hazard.restore();
    await failOver(3);
    await notice(mine);
    expect(await tendRecovery(mine.engine, keepDays)).toBe(true);
  });
});

describe("a backup that is older than the journals are kept", () => {
  async function age(days: number): Promise<void> {
    await hazard.world.db.database.execute(
      `update journals set last_seen_at = last_seen_at - $1::int * interval '1 day',
         started_at = started_at - $1::int * interval '1 day'`,
      [days],
    );
  }

  it("waits for the journals of its own time", async () => {
    hazard = await createJournalWorld();
    const { directory } = hazard;
    const mine = await hazard.start();
    const theirs = await hazard.start({ directory: `${directory}-of-another-machine` });
    await mine.stop();
    await theirs.stop();
    await age(50);
    await failOver(2);
    const again = await hazard.start();
    expect(await tendRecovery(again.engine, keepDays)).toBe(true);
    const { awaited } = await recoveryState();
    expect(awaited.map((home) => home.split("/").at(-2))).toEqual(["journal-of-another-machine"]);
  });

  it("is not recovered by itself when the journal no longer reaches back to it, and says so", async () => {
    hazard = await createJournalWorld();
    const { directory } = hazard;
    const mine = await hazard.start();
    await mine.stop();
    const [file] = await listJournalFiles(join(directory, "1"));
    const day = file?.day ?? "";
    await rename(
      join(directory, "1", file?.name ?? ""),
      join(directory, "1", `00000009-${day}.log`),
    );
    await age(50);
    await failOver(2);
    const again = await hazard.start();
    expect(await tendRecovery(again.engine, keepDays)).toBe(true);
    const { gaps } = await recoveryState();
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toContain(day);
  });
});

describe("a refund that a running process has sent, and its database has forgotten", () => {
  it("is not sent again", async () => {
    hazard = await createJournalWorld();
    const { world } = hazard;
    const running = await hazard.start();
    const charge = await paidCharge({ ...world, engine: running.engine });
    await askForRefund(world, charge, 4_000);
    await hazard.snapshot();
    expect(await sendRefunds(running.engine)).toBe(1);
    await hazard.restore();
    expect(await sendRefunds(running.engine)).toBe(0);
    expect(await ledgerRefunds(world, charge)).toEqual([4_000]);
  });
});

describe("a forgotten send that cannot be written in", () => {
  it("holds up no other, and says why", async () => {
    hazard = await createJournalWorld({ windows: patientWindows });
    const { world } = hazard;
    const { database } = world.db;
    const running = await hazard.start();
    const first = await subscribe(world);
    const second = await subscribe(world);
    await database.execute("insert into recoveries (id, reason) values ('rcv_1', 'a test')");
    // Under another charge's order id, which a charge cannot have.
    await database.execute(
      `insert into recovery_sends (account_id, attempt_id, recovery_id, journal_id, kind,
         connection_id, charge_id, order_id, via, amount_minor, currency, sent_at)
       select c.account_id, 'att_' || c.subscription_id, 'rcv_1', 'jrn_1', 'charge', c.connection_id,
         c.id, case when c.subscription_id = $1 then o.order_id else c.order_id end, 'bk_1', 9900,
         'KRW', now() - case when c.subscription_id = $1 then interval '1 hour' else '0' end
       from charges c join charges o on o.id <> c.id`,
      [first.subscription.id],
    );
    await tendRecovery(running.engine, keepDays);
    const sends = await database.query<{ attempt_id: string; state: string; detail: string }>(
      "select attempt_id, state, detail from recovery_sends order by sent_at",
    );
    expect(sends).toEqual([
      {
        attempt_id: `att_${first.subscription.id}`,
        state: "open",
        detail: expect.stringContaining("charges_order_id_once") as unknown,
      },
      {
        attempt_id: `att_${second.subscription.id}`,
        state: "written_in",
        detail: "its charge is looked up",
      },
    ]);
  });
});

describe("a process that starts first after a failover, in a new place beside one that still runs", () => {
  it("sends nothing before the other was compared", async () => {
    hazard = await createJournalWorld();
    const first = await hazard.start();
    await failOver(2);
    const second = await hazard.start();
    expect(await reasons()).toEqual([
      "the database is on another timeline than 00000001: a failover or a restore",
    ]);
    expect(await tendRecovery(second.engine, keepDays)).toBe(true);
    await notice(first);
    expect(await tendRecovery(second.engine, keepDays)).toBe(false);
    expect(await isOpen()).toBe(false);
  });
});

describe("a process whose start was the last that the database remembers", () => {
  it("is waited for: what it has sent since is not known here", async () => {
    hazard = await createJournalWorld();
    const { directory, world } = hazard;
    const mine = await hazard.start();
    await hazard.start({ directory: `${directory}-of-another-machine` });
    await world.db.database.execute("update journals set canary = 0 where home like '%another%'");
    await failOver(2);
    await notice(mine);
    expect(await tendRecovery(mine.engine, keepDays)).toBe(true);
  });
});

describe("a period whose forgotten payment is found in the moment in which it is billed again", () => {
  it("is adopted, and not paid twice", async () => {
    hazard = await createJournalWorld();
    const { world } = hazard;
    const before = await hazard.start();
    const paid = await declineThenPay(world, before.engine, () => hazard.snapshot());
    await before.stop();
    await hazard.restore();
    const after = await hazard.start();
    const { customerId, subscriptionId } = paid;
    let isBilled = false;
    const engine = {
      ...after.engine,
      gateways: {
        ...after.engine.gateways,
        async of(...[db, connection]: [typeof world.db.database, Connection]) {
          const gateway = await after.engine.gateways.of(db, connection);
          return {
            ...gateway,
            async lookUpByOrderId(orderId: string) {
              const found = await gateway.lookUpByOrderId(orderId);
              if (!isBilled) await registerMethod(world, customerId, { subscriptionId });
              isBilled = true;
              return found;
            },
          };
        },
      },
    };
    await tendRecovery(engine, keepDays);
    expect(isBilled).toBe(true);
    after.work();
    await hazard.untilRecovered();
    await paid.untilCaptured();
    expect(await paidOrders()).toEqual([paid.orderId]);
  });
});

describe("a period whose payment was forgotten, at a provider that would pay its order id twice", () => {
  it("is looked up before it is sent, when it is billed again after the recovery", async () => {
    hazard = await createJournalWorld();
    const { world } = hazard;
    const { provider } = world.connection;
    await world.control.post("/switches", { provider, paysOneOrderIdTwice: true });
    const { customerId, orderId, subscriptionId } = await forgetFirstCharge("captured");
    await recover(await hazard.start());
    await registerMethod(world, customerId, { subscriptionId });
    await untilCharges(world, subscriptionId, "captured");
    expect(await paidOrders()).toEqual([orderId]);
  });
});

describe("a failover in the moment in which journal and database are compared", () => {
  it("has them compared again: what was asked of the old server says nothing of the new one", async () => {
    hazard = await createJournalWorld();
    const { database } = hazard.world.db;
    await (await hazard.start()).stop();
    let isOver = false;
    const again = await hazard.start({
      database: {
        ...database,
        async transaction(work) {
          if (!isOver) await failOver(2);
          isOver = true;
          return await database.transaction(work);
        },
      },
    });
    expect(again.opened.guard.troubles().map(({ code }) => code)).toContain("not_checked");
    expect(await reasons()).toEqual([]);
    await again.opened.check();
    expect(await reasons()).toEqual([
      "the database is on another timeline than 00000001: a failover or a restore",
    ]);
  });
});

describe("a journal with a line that cannot be read, of a database that was set back", () => {
  it("leaves it to a person what was sent then", async () => {
    hazard = await createJournalWorld();
    const { directory, world } = hazard;
    const running = await hazard.start();
    await subscribe(world);
    await send(running, await claimOne(running));
    await running.stop();
    const [file] = await listJournalFiles(join(directory, "1"));
    const path = join(directory, "1", file?.name ?? "");
    const lines = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, [lines[0], "rust", ...lines.slice(1)].join("\n"));
    await failOver(2);
    const again = await hazard.start();
    expect(await tendRecovery(again.engine, keepDays)).toBe(true);
    const { gaps } = await recoveryState();
    expect(gaps).toEqual([expect.stringMatching(/^1 lines of the journal at .* are damaged/)]);
  });
});

describe("a customer whose first payment was forgotten, and who registers with another provider", () => {
  const elsewhere = async ({ accountId, emulator, engine }: World) =>
    await addConnection(engine, accountId, emulator, 10, "portone");

  it("has paid: what was paid with the first provider is adopted", async () => {
    hazard = await createJournalWorld();
    const { world } = hazard;
    const connection = await elsewhere(world);
    const { customerId, orderId, subscriptionId } = await forgetFirstCharge("captured");
    await recover(await hazard.start());
    await registerMethod({ ...world, connection }, customerId, { subscriptionId });
    await untilCharges(world, subscriptionId, "captured");
    expect(await paidOrders()).toEqual([orderId]);
  });

  it("pays, once it is sure that the first provider has taken nothing", async () => {
    hazard = await createJournalWorld({ windows: patientWindows });
    const { world } = hazard;
    const connection = await elsewhere(world);
    await spoilCharge(world, { type: "drop_request" }, { times: 1 });
    const { customerId, subscriptionId } = await forgetFirstCharge("reconciling");
    const after = await hazard.start();
    expect(await tendRecovery(after.engine, keepDays)).toBe(true);
    await recover(after);
    await registerMethod({ ...world, connection }, customerId, { subscriptionId });
    const [charge] = await untilCharges(world, subscriptionId, "captured");
    expect(charge).toMatchObject({ generation: 1 });
    expect(await chargePayments(world)).toMatchObject([{ provider: "portone" }]);
  });
});

interface SlowDisk {
  readonly files: (directory: string) => JournalFiles;
  hold(): void;
  release(): void;
}

/** Whose writes can be held up. */
function slowDisk(): SlowDisk {
  let open: () => void = () => undefined;
  let gate: Promise<void> = Promise.resolve();
  return {
    hold: () => void (gate = new Promise((resolve) => (open = resolve))),
    release: () => open(),
    files: (directory) => ({
      directory,
      async create(day) {
        const file = await realJournalFiles(directory).create(day);
        return {
          close: () => file.close(),
          async append(text) {
            await gate;
            await file.append(text);
          },
        };
      },
    }),
  };
}
