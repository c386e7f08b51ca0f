/**
 * Addressee: the connection that a notification is about. A provider may know one address for a
 * merchant, as PortOne's console does, whose channels are several connections of ours: what comes to
 * the address of one of them is about the one that the named order was sent through. The name is a
 * claim; it chooses among connections with the same credentials, and decides nothing.
 */
import { findSubscriptionOfOrder } from "../charges/late-payment-store.ts";
import { findConnection } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import { statement, type Queryable } from "../db/database.ts";
import { readOrderId } from "../ids/order-id.ts";

const isOfMerchant = `exists (
    select 1 from gateway_connections g
    join gateway_connections o on o.account_id = g.account_id and o.provider = g.provider
      and o.api_host = g.api_host and o.public_id = g.public_id
    where g.account_id = $1 and g.id = $2 and o.id = it.connection_id)`;

const ofRegistration = statement(
  "addressee_of_registration",
  `select it.connection_id as id from registrations it
   where it.account_id = $1 and it.id = $3 and ${isOfMerchant}`,
);

const ofCharge = statement(
  "addressee_of_order",
  `select it.connection_id as id from charges c
   join attempts it on it.account_id = c.account_id and it.charge_id = c.id
   where c.account_id = $1 and c.subscription_id = $3 and it.order_id = $4 and ${isOfMerchant}
   order by it.claimed_at desc limit 1`,
);

/** @returns `receiver` itself when the order is not known of another connection of its merchant. */
export async function findAddressee(
  db: Queryable,
  receiver: Connection,
  orderId: string,
): Promise<Connection> {
  const { accountId, id } = receiver;
  const found = await findConnectionIdOf(db, accountId, id, orderId);
  if (found === undefined || found === id) return receiver;
  return (await findConnection(db, accountId, found)) ?? receiver;
}

async function findConnectionIdOf(
  db: Queryable,
  accountId: string,
  receiverId: string,
  orderId: string,
): Promise<string | undefined> {
  const named = readOrderId(orderId);
  if (named?.kind === "registration") {
    const values = [accountId, receiverId, named.registrationId];
    return (await db.query<{ id: string }>(ofRegistration, values))[0]?.id;
  }
  const subscriptionId = await findSubscriptionOfOrder(db, accountId, orderId);
  if (subscriptionId === undefined) return undefined;
  const values = [accountId, receiverId, subscriptionId, orderId];
  return (await db.query<{ id: string }>(ofCharge, values))[0]?.id;
}
