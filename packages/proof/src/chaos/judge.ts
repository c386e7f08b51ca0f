/**
 * The judgement: everything that the run has left behind goes into a directory that the checker can
 * read again, the checker judges it, and beside it the rules that only whoever drove the run can see.
 */
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { checkAccounts, type Report } from "../checker/check-accounts.ts";
import { dumpTables, writeEvidence } from "../checker/collect.ts";
import type { SearchedText } from "../checker/evidence.ts";
import { readDirectory } from "../checker/read-directory.ts";
import type { LostSpan } from "./cluster.ts";
import { masterKey, type Installation } from "./installation.ts";
import type { People } from "./people.ts";
import type { ProviderDesk } from "./provider-desk.ts";

export interface Run {
  readonly installation: Installation;
  readonly providers: ProviderDesk;
  readonly people: People;
  readonly lost: readonly LostSpan[];
  readonly apiKey: string;
  /** A directory that is not there yet. */
  readonly evidence: string;
}

export interface Verdict {
  readonly report: Report;
  /** In words, each with the rule that it breaks. */
  readonly violations: readonly string[];
  readonly recoveries: number;
  /** Sends that a failover had made the database forget, and a journal knew. */
  readonly sendsRecovered: number;
}

export async function judge(run: Run): Promise<Verdict> {
  const { evidence, installation, lost, people, providers } = run;
  const tables = await dumpTables((sql) => installation.cluster.ask(sql));
  const ledger = await providers.get(z.array(ledgerSchema), "/ledger");
  writeEvidence(evidence, { ledger, calls: providers.calls(), tables });
  await cp(installation.journals, join(evidence, "journal"), { recursive: true });
  const isLost = (at: string) => lost.some(({ fromAt, toAt }) => fromAt <= at && at <= toAt);
  const expectations = people.cancels
    .filter(({ answeredAt }) => !isLost(answeredAt))
    .map(({ answeredAt, subscriptionId }) => {
      return { of: "cancel", subscriptionId, committedAt: answeredAt };
    });
  const lines = expectations.map((line) => `${JSON.stringify(line)}\n`).join("");
  await writeFile(join(evidence, "expectations.jsonl"), lines);
  await writeFile(join(evidence, "secrets.txt"), `${secretsOf(run, ledger).join("\n")}\n`);
  const facts = { lostSpans: lost, billingGraceMs: 30_000 };
  await writeFile(join(evidence, "facts.json"), JSON.stringify(facts));

  const report = checkAccounts({
    ...readDirectory(evidence),
    texts: await readTexts(installation.logs),
  });
  const broken = report.invariants.flatMap(({ number, promise, violations }) =>
    violations.map((text) => `${number}. ${promise}: ${text}`),
  );
  const recoveries = z.array(recoverySchema).parse(tables["recoveries"]);
  return {
    report,
    recoveries: recoveries.length,
    sendsRecovered: tables["recovery_sends"]?.length ?? 0,
    violations: [
      ...broken,
      ...forgottenEvents(people, tables["events"] ?? [], isLost),
      ...unnoticed(lost, recoveries),
    ],
  };
}

const ledgerSchema = z.looseObject({ key: z.string().nullish() });
const recoverySchema = z.looseObject({
  id: z.string(),
  started_at: z.string(),
  finished_at: z.string().nullable(),
});

/** So many billing keys: each is looked for in every row, line and file. */
const mostKeys = 12;

function secretsOf(
  { apiKey, providers }: Run,
  ledger: readonly z.infer<typeof ledgerSchema>[],
): string[] {
  const { linePay, portone, toss } = providers.ready;
  const keys = [...new Set(ledger.flatMap(({ key }) => key ?? []))];
  const step = Math.max(1, Math.floor(keys.length / mostKeys));
  return [
    masterKey,
    apiKey,
    toss.secretKey,
    portone.apiKey,
    portone.apiSecret,
    linePay.channelSecret,
    ...keys.filter((_, index) => index % step === 0),
  ];
}

/** What our programs printed. The emulator is the other side. */
async function readTexts(logs: string): Promise<SearchedText[]> {
  const names = (await readdir(logs)).filter((name) => !name.startsWith("emulator"));
  return await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(logs, name), "utf8") })),
  );
}

const eventRow = z.looseObject({
  id: z.string(),
  type: z.string(),
  subscription_id: z.string().nullable(),
  sequence: z.int().nullable(),
});

/** What the API has once shown as happened has happened, unless its commit was lost with a server. */
function forgottenEvents(
  { events }: People,
  rows: readonly unknown[],
  isLost: (at: string) => boolean,
): string[] {
  const kept = new Map(
    z
      .array(eventRow)
      .parse(rows)
      .map((row) => [row.id, row]),
  );
  return [...events.values()].flatMap(({ event, seenAt }) => {
    const row = kept.get(event.id);
    const isSame =
      row?.type === event["type"] &&
      row?.sequence === event["sequence"] &&
      row?.subscription_id === event["subscriptionId"];
    if (isSame || (row === undefined && isLost(seenAt))) return [];
    const now = row === undefined ? "is not there any more" : "is another one now";
    return [`events stay: ${event.id} (${String(event["type"])}), shown at ${seenAt}, ${now}`];
  });
}

/**
 * Sends are held after each failover until everything that may have been sent was looked up: by a
 * recovery that is opened then, or by one that was open, for which the journals are compared again.
 */
function unnoticed(
  lost: readonly LostSpan[],
  recoveries: readonly z.infer<typeof recoverySchema>[],
): string[] {
  return lost
    .filter(({ fromAt, toAt }) => {
      const isAfter = (at: string, instant: string) => Date.parse(at) >= Date.parse(instant);
      return !recoveries.some(
        ({ finished_at: end, started_at: start }) =>
          isAfter(start, fromAt) || end === null || isAfter(end, toAt),
      );
    })
    .map(({ toAt }) => `a failover holds sends: none was noticed after the one of ${toAt}`);
}
