/** Control calls for the webhooks of the providers that send any: Toss Payments and PortOne. */
import { z } from "zod";
import { webhookFormats } from "../portone/records.ts";
import { ControlProblem, get, post, remove, type ControlCall } from "./call.ts";
import type { World } from "./world.ts";

const nothing = z.strictObject({});
const url = z.url({ protocol: /^https?$/ });

const webhookSchema = z.preprocess(
  (order) => (typeof order === "object" && order !== null ? { provider: "toss", ...order } : order),
  z.discriminatedUnion("provider", [
    z.strictObject({
      provider: z.literal("toss"),
      url,
      merchantId: z.string().nullable().default(null).describe("null hears of every merchant"),
    }),
    z.strictObject({
      provider: z.literal("portone"),
      url,
      impCode: z.string().nullable().default(null).describe("null hears of every merchant"),
      mode: z
        .enum(["all", "test", "live"])
        .default("all")
        .describe("payments of test channels, of real ones, or both"),
    }),
  ]),
);

const noticeSchema = z.strictObject({
  imp_uid: z.string(),
  merchant_uid: z.string(),
  status: z.string().default("paid"),
  cancellation_id: z.string().optional(),
  format: z.enum(webhookFormats).default("json"),
});

export function webhookCalls({ toss, portOne }: World): ControlCall[] {
  const senders = [toss.webhooks, portOne.webhooks];
  return [
    get("/webhooks", "Where webhooks go.", undefined, () =>
      senders.flatMap(({ endpoints }): unknown[] => endpoints.values()),
    ),
    post("/webhooks", "Registers a webhook address.", webhookSchema, (order) =>
      order.provider === "toss"
        ? toss.webhooks.register(order.url, order.merchantId)
        : portOne.webhooks.register(order.url, order.impCode, order.mode),
    ),
    get("/webhooks/deliveries", "Events sent, with every attempt.", undefined, () =>
      senders.flatMap(({ deliveries }): unknown[] => deliveries.values()),
    ),
    post("/webhooks/deliveries/:id/resend", "Sends an event once more.", nothing, (_, id) => {
      const delivery = toss.webhooks.resend(id) ?? portOne.webhooks.resend(id);
      if (delivery === undefined) throw new ControlProblem(404, "not_found", `No delivery ${id}.`);
      return delivery;
    }),
    remove("/webhooks/:id", "Removes a webhook address.", (id) => {
      const tables = [toss.webhooks.endpoints, portOne.webhooks.endpoints];
      const table = tables.find((endpoints) => endpoints.get(id) !== undefined);
      if (table === undefined) throw new ControlProblem(404, "not_found", `No webhook ${id}.`);
      table.delete(id);
      return { removed: true };
    }),
    post(
      "/portone/notices",
      "Sends any notice to PortOne's webhook addresses: forged, early, or about nothing.",
      noticeSchema,
      ({ format, ...content }) => portOne.webhooks.sendToAll(content, format),
    ),
  ];
}
