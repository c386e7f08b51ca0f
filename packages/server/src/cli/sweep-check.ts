/** What `maedal doctor` says of the daily comparison with the providers' records. */
import type { Queryable } from "../db/database.ts";
import { listSweepHealth, type SweepHealth } from "../sweeps/sweep-reads.ts";
import type { Check } from "./checks.ts";

/** One for each connection that somebody must look at. */
export async function checkSweeps(db: Queryable): Promise<readonly Check[]> {
  const connections = await listSweepHealth(db);
  return connections.flatMap((connection) => {
    const detail = problemOf(connection);
    const name = `Comparison of ${connection.connectionName} (${connection.connectionId})`;
    return detail === undefined ? [] : [{ name, state: "failed", detail } as const];
  });
}

function problemOf({ failure, isBehind, openFindings }: SweepHealth): string | undefined {
  const open = `${openFindings} open: see \`maedal verify\`, or GET /v1/sweep-findings?open=true`;
  const why = failure === undefined ? "is a worker running?" : failure;
  const behind = `nothing was compared with the provider for two days: ${why}`;
  const problems = [openFindings > 0 ? open : "", isBehind ? behind : ""];
  return problems.filter(Boolean).join("; ") || undefined;
}
