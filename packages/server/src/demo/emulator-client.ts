/** What the demo asks of the emulator's control API: its clock, and where its webhooks go. */
import { Temporal } from "temporal-polyfill";
import { z } from "zod";

export interface EmulatorClient {
  now(): Promise<Temporal.Instant>;
  /** Does nothing when the emulator is already there: its clock never goes back. */
  advanceTo(target: Temporal.Instant): Promise<void>;
  /** From now on webhooks go to this address, and to no other of an earlier start. */
  sendWebhooksTo(url: string): Promise<void>;
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
    async sendWebhooksTo(url) {
      const known = await call(webhooksSchema, "GET", "/webhooks");
      for (const webhook of known.filter((it) => it.url !== url)) {
        await call(z.unknown(), "DELETE", `/webhooks/${webhook.id}`);
      }
      if (known.some((it) => it.url === url)) return;
      await call(z.unknown(), "POST", "/webhooks", { provider: "toss", url });
    },
  };
}
