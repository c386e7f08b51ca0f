/** The report for people: one line per invariant, the first cases of what is broken, a closing line. */
import type { Report } from "./check-accounts.ts";

/** @param most Cases to show of each broken invariant. */
export function reportText(report: Report, most = 5): string {
  const lines = report.invariants.flatMap(({ checked, number, promise, unit, violations }) => {
    const mark = violations.length > 0 ? "FAIL" : checked === 0 ? "–   " : "ok  ";
    const head = `${mark} ${String(number).padStart(2)}  ${promise}`;
    if (checked === 0) return [`${head} (nothing to judge)`];
    const found = violations.length === 0 ? "" : `, ${violations.length} violations`;
    const left = violations.length - most;
    return [
      `${head} (${checked} ${unit}${found})`,
      ...violations.slice(0, most).map((violation) => `        ${violation}`),
      ...(left > 0 ? [`        … and ${left} more; --json has them all`] : []),
    ];
  });
  const broken = report.accounts.filter(({ violations }) => violations > 0);
  const accounts = broken.map(
    ({ accountId, broken: numbers, violations }) =>
      `account ${accountId}: ${violations} violations of ${numbers.join(", ")}`,
  );
  const { attempts, charges, foreignPayments, payments, subscriptions } = report;
  const seen = `${report.accounts.length} accounts, ${subscriptions} subscriptions, ${charges} charges, ${attempts} attempts, ${payments} payments (${foreignPayments} of others)`;
  const { failed, passed, unjudged } = report;
  const rest =
    unjudged === 0 ? [] : [`nothing to judge for ${unjudged} of them: that proves nothing`];
  return [...lines, ...accounts, seen, ...rest, `${passed} passed, ${failed} failed`].join("\n");
}
