/**
 * Elsewhere: another installation that charges through the same contract with a provider, such as a
 * copy for testing that was started with the live credentials. Nothing tells the two apart but their
 * order ids, and those must never be the same.
 */
import { money } from "@maedal/gateways";
import { findConnection } from "../../../server/src/connections/connection-store.ts";
import type { Random } from "../../../server/src/effects.ts";
import type { Engine } from "../../../server/src/engine.ts";
import { newId } from "../../../server/src/ids/id.ts";
import { orderIdOf } from "../../../server/src/ids/order-id.ts";
import type { Shop } from "./people.ts";
import type { Providers } from "./providers.ts";

/** The process that its requests leave. */
export const elsewhere = "elsewhere";

const otherSubscriptions = 150;

/** The other installation's first payments, under ids that it has drawn by the same rule as we do. */
export async function chargeElsewhere(
  engine: Engine,
  providers: Providers,
  { accountId, connections }: Shop,
  random: Random,
): Promise<void> {
  const toss = connections.find(({ provider }) => provider === "toss");
  if (toss === undefined) return;
  const connection = await findConnection(engine.database, accountId, toss.id);
  if (connection === undefined) throw new Error(`there is no connection ${toss.id}`);
  const gateway = await engine.gateways.of(engine.database, connection);
  const { window } = gateway;
  if (window.kind !== "script") throw new Error("Toss's window is a script's");
  const customerKey = random.uuid();
  const order = { customerKey, method: toss.method, clientKey: connection.publicId };
  const { authKey } = await providers.control<{ authKey: string }>("/toss/billing-auths", order);
  const { secret } = await window.exchange({ authKey, customerKey, idempotencyKey: random.uuid() });
  for (let n = 0; n < otherSubscriptions; n += 1) {
    const subscriptionId = newId("sub", random);
    await gateway.chargeBillingKey({
      secret,
      orderId: orderIdOf({ invoiceId: "", subscriptionId, periodIndex: 0 }, 0),
      orderName: "Elsewhere",
      amount: money(toss.amounts[n % toss.amounts.length] ?? 9_900, "KRW"),
      idempotencyKey: random.uuid(),
    });
  }
}
