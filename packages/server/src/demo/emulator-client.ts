/** What the demo asks of the emulator's control API: its clock, and where its webhooks go. */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";

export interface EmulatorClient {
  now(): Promise<Temporal.Instant>;
  /** Does nothing when the emulator is already there: its clock never goes back. */
  advanceTo(target: Temporal.Instant): Promise<void>;
  /** From now on webhooks go to these addresses, and to no other of an earlier start. */
  sendWebhooksTo(addresses: readonly WebhookAddress[]): Promise<void>;
}

export interface WebhookAddress {
  readonly provider: "toss" | "portone";
  readonly url: string;
}

const clockSchema = z.object({ now: z.string() });
const webhooksSchema = z.array(z.object({ id: z.string(), url: z.string() }));

export function createEmulatorClient(control: string): EmulatorClient {
  async function call<T>(schema: z.ZodType<T>, method: string, path: string, body?: object) {
    const answer = await fetch(new URL(path, control), {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`The emulator refused ${method} ${path}: ${text}`);
    return schema.parse(JSON.parse(text));
  }

  const now = async () => Temporal.Instant.from((await call(clockSchema, "GET", "/clock")).now);

  return {
    now,
    async advanceTo(target) {
      if (Temporal.Instant.compare(target, await now()) <= 0) return;
      await call(clockSchema, "POST", "/clock", { to: target.toString() });
    },
    async sendWebhooksTo(addresses) {
      const known = await call(webhooksSchema, "GET", "/webhooks");
      for (const { id, url } of known) {
        if (addresses.some((it) => it.url === url)) continue;
        await call(z.unknown(), "DELETE", `/webhooks/${id}`);
      }
      for (const address of addresses) {
        if (known.some(({ url }) => url === address.url)) continue;
        await call(z.unknown(), "POST", "/webhooks", address);
      }
    },
  };
}
