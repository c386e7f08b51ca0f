/**
 * A customer's trip through a provider's window, without a browser: the same steps as the hosted
 * pages take, on an API server of the simulation.
 */
import { findConnection } from "../../../server/src/connections/connection-store.ts";
import type { Engine } from "../../../server/src/engine.ts";
import { openingOf } from "../../../server/src/pages/hosted/order-window.ts";
import { acceptApproval } from "../../../server/src/payment-windows/accept-approval.ts";
import { openPaymentWindow } from "../../../server/src/payment-windows/open-payment-window.ts";
import { acceptAuthKey } from "../../../server/src/registrations/accept-auth-key.ts";
import {
  askAboutWindow,
  recordRefusal,
  revealCustomerKey,
  windowForOrder,
} from "../../../server/src/registrations/ask-about-window.ts";
import { completeRegistration } from "../../../server/src/registrations/complete-registration.ts";
import { getRegistrationSurroundings } from "../../../server/src/registrations/registration-page-reads.ts";
import { findRegistrationById } from "../../../server/src/registrations/registration-store.ts";
import type { Registration } from "../../../server/src/registrations/registration.ts";
import { readMasterKey } from "../../../server/src/security/encryption.ts";
import { Secret } from "../../../server/src/security/secret.ts";
import type { Providers } from "./providers.ts";
import { baseUrl } from "./virtual-process.ts";

/** Signs cookies, of which there are none here. */
const cookieKey = readMasterKey(new Secret("63".repeat(32)));

/** Ends when the customer is back and the server has done what it can at once. */
export async function goThroughWindow(
  engine: Engine,
  providers: Providers,
  registrationId: string,
): Promise<void> {
  const { database } = engine;
  const registration = await findRegistrationById(database, registrationId);
  if (registration?.status !== "open") return;
  const { accountId, connectionId } = registration;
  const connection = await findConnection(database, accountId, connectionId);
  if (connection === undefined) throw new Error(`there is no connection ${connectionId}`);
  const gateway = await engine.gateways.of(database, connection);
  if (gateway.window.kind === "payment") {
    const to = { confirmUrl: `${baseUrl}/confirm`, cancelUrl: `${baseUrl}/back`, locale: "zh-TW" };
    const url = await openPaymentWindow(engine, registration, { connection, gateway }, to);
    const windowId = await windowOf(engine, registration.id, url);
    await providers.control(`/line-pay/requests/${windowId}/approve`, {});
    await acceptApproval(engine, registration, gateway, windowId);
    await completeRegistration(engine, registration);
    return;
  }
  const window = windowForOrder(gateway);
  if (window === undefined) {
    return await bringAuthKey(engine, providers, registration, connection.publicId);
  }
  const surroundings = await getRegistrationSurroundings(database, registration);
  const desk = { connection, gateway, window };
  const deps = { engine, baseUrl, masterKey: cookieKey };
  const opening = await openingOf(deps, registration, surroundings, desk);
  if (opening === undefined) return;
  await providers.control("/portone/billing-keys", {
    ...opening.request,
    impCode: connection.publicId,
  });
  const shown = (await findRegistrationById(database, registrationId)) ?? registration;
  const finding = await askAboutWindow(engine, shown);
  if (finding.kind === "refused") await recordRefusal(engine, shown, finding);
}

async function bringAuthKey(
  engine: Engine,
  providers: Providers,
  registration: Registration,
  clientKey: string,
): Promise<void> {
  const customerKey = await revealCustomerKey(engine, registration);
  const order = { customerKey, method: registration.method, clientKey };
  const { authKey } = await providers.control<{ authKey: string }>("/toss/billing-auths", order);
  await acceptAuthKey(engine, registration, { authKey, customerKey });
  await completeRegistration(engine, registration);
}

/** LINE Pay's name of the window with this address. */
async function windowOf(engine: Engine, registrationId: string, url: string): Promise<string> {
  const [row] = await engine.database.query<{ window_id: string }>(
    "select window_id from payment_windows where registration_id = $1 and url = $2",
    [registrationId, url],
  );
  if (row === undefined) throw new Error(`no window of ${registrationId} is stored`);
  return row.window_id;
}
