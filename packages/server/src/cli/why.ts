/** `maedal why <id>`: what happened to a charge, an invoice or a subscription, and what is next. */
import { listAccounts } from "../accounts/account-store.ts";
import {
  findChargeView,
  listAttempts,
  listChargeViewsOfInvoice,
  listLookUps,
  type ChargeView,
} from "../charges/charge-reads.ts";
import type { Queryable } from "../db/database.ts";
import { findInvoiceView, listInvoiceViews, type InvoiceView } from "../invoices/invoice-reads.ts";
import { findSubscriptionView } from "../subscriptions/subscription-reads.ts";
import {
  explainCharge,
  explainInvoice,
  explainSubscription,
  type ChargeEvidence,
} from "./explain.ts";
import { CommandError, report, type Terminal } from "./terminal.ts";
import { withMaedal } from "./with-maedal.ts";

/** A year of months fits. */
const latestInvoices = 12;

export async function why(
  terminal: Terminal,
  id: string,
  options: { readonly json?: boolean },
): Promise<number> {
  return await withMaedal(terminal, async ({ engine }) => {
    const sentences = await sentencesAbout(engine.database, id);
    if (sentences === undefined) {
      throw new CommandError(
        `There is no charge, invoice or subscription ${id} in any account of this database.`,
      );
    }
    report(terminal, options.json, { id, sentences }, sentences.join("\n"));
    return 0;
  });
}

async function sentencesAbout(db: Queryable, id: string): Promise<readonly string[] | undefined> {
  for (const account of await listAccounts(db)) {
    const sentences = await sentencesIn(db, account.id, id);
    if (sentences === undefined) continue;
    const stopped = account.chargingStoppedAt?.toString();
    if (stopped === undefined) return sentences;
    return [
      ...sentences,
      `The account's emergency stop is on since ${stopped}: nothing is charged.`,
    ];
  }
  return undefined;
}

async function sentencesIn(
  db: Queryable,
  accountId: string,
  id: string,
): Promise<readonly string[] | undefined> {
  if (id.startsWith("chg_")) {
    const charge = await findChargeView(db, accountId, id);
    return charge && explainCharge(await evidenceOf(db, charge));
  }
  if (id.startsWith("inv_")) {
    const invoice = await findInvoiceView(db, accountId, id);
    return invoice && (await invoiceSentences(db, invoice));
  }
  if (id.startsWith("sub_")) {
    const subscription = await findSubscriptionView(db, accountId, id);
    if (subscription === undefined) return undefined;
    const page = { limit: latestInvoices, after: undefined };
    const { items } = await listInvoiceViews(db, accountId, { subscriptionId: id }, page);
    const invoices = await Promise.all(items.map((invoice) => invoiceSentences(db, invoice)));
    return explainSubscription(subscription, invoices);
  }
  throw new CommandError(
    "Give the id of a charge (chg_…), an invoice (inv_…) or a subscription (sub_…).",
  );
}

async function invoiceSentences(db: Queryable, invoice: InvoiceView): Promise<readonly string[]> {
  const charges = await listChargeViewsOfInvoice(db, invoice.accountId, invoice.id);
  return explainInvoice(
    invoice,
    await Promise.all(charges.map((charge) => evidenceOf(db, charge))),
  );
}

async function evidenceOf(db: Queryable, charge: ChargeView): Promise<ChargeEvidence> {
  const attempts = await listAttempts(db, charge.accountId, charge.id);
  const lookUps = await listLookUps(db, charge.accountId, charge.id);
  return { charge, attempts, lookUps };
}
