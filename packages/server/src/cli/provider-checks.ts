/** What `maedal doctor` asks the providers themselves: settings there that would get in our way. */
import { GatewayError } from "@maedal/gateways";
import { listAccounts } from "../accounts/account-store.ts";
import { listConnections } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Engine } from "../engine.ts";
import type { Check } from "./checks.ts";

/** Of every connection whose provider can be asked. Changes nothing there. */
export async function checkProviders(engine: Engine): Promise<readonly Check[]> {
  const accounts = await listAccounts(engine.database);
  const connections = await Promise.all(
    accounts.map(({ id }) => listConnections(engine.database, id)),
  );
  const checks = connections.flat().map((connection) => checkProvider(engine, connection));
  return (await Promise.all(checks)).flat();
}

async function checkProvider(engine: Engine, connection: Connection): Promise<readonly Check[]> {
  const name = `Settings at the provider of ${connection.name} (${connection.id})`;
  try {
    const gateway = await engine.gateways.of(engine.database, connection);
    if (gateway.diagnose === undefined) return [];
    const findings = await gateway.diagnose();
    if (findings.length === 0) return [{ name, state: "ok", detail: "nothing gets in our way" }];
    return findings.map(({ detail, state }) => ({ name, state, detail }));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return [{ name, state: "failed", detail: `could not be asked: ${error.message}` }];
  }
}
