/** Control calls for merchants, their contracts, and the switches of each provider. */
import { randomBytes, randomInt } from "node:crypto";
import { z } from "zod";
import { linePayMerchants, usualContract } from "../line-pay/merchants.ts";
import {
  merchantSchema as linePayMerchantSchema,
  type Merchant as LinePayMerchant,
} from "../line-pay/records.ts";
import type { LinePayState } from "../line-pay/state.ts";
import { linePaySwitchesSchema } from "../line-pay/switches.ts";
import { portOneMerchant } from "../portone/merchants.ts";
import {
  merchantSchema as portOneMerchantSchema,
  type Merchant as PortOneMerchant,
} from "../portone/records.ts";
import type { PortOneState } from "../portone/state.ts";
import { portOneSwitchesSchema } from "../portone/switches.ts";
import { defaultMerchant } from "../toss/merchants.ts";
import { merchantSchema, type Merchant } from "../toss/records.ts";
import type { TossState } from "../toss/state.ts";
import { tossSwitchesSchema } from "../toss/switches.ts";
import { byProvider, ControlProblem, get, given, post, type ControlCall } from "./call.ts";
import type { World } from "./world.ts";

const toss = { provider: z.literal("toss") };
const linePay = { provider: z.literal("line_pay") };
const portOne = { provider: z.literal("portone") };

const tossContract = merchantSchema
  .pick({ billingContract: true, apiVersion: true, sellsTaxFree: true })
  .partial().shape;

const linePayContract = linePayMerchantSchema
  .omit({ channelId: true, channelSecret: true })
  .partial().shape;

const portOneContract = portOneMerchantSchema
  .omit({ impCode: true, apiKey: true, apiSecret: true })
  .partial().shape;

const credentialsSchema = byProvider(
  z.strictObject({
    ...toss,
    merchantId: z.string().min(1).max(14).optional(),
    clientKey: z
      .string()
      .regex(/^(test|live)_ck_/, "begins with test_ck_ or live_ck_")
      .optional(),
    secretKey: z
      .string()
      .regex(/^(test|live)_sk_/, "begins with test_sk_ or live_sk_")
      .optional(),
    ...tossContract,
  }),
  z.strictObject({
    ...linePay,
    channelId: z.string().min(1).optional(),
    channelSecret: z.string().min(1).optional(),
    ...linePayContract,
  }),
  z.strictObject({
    ...portOne,
    impCode: z
      .string()
      .regex(/^imp\d{8}$/, "imp and eight digits")
      .optional(),
    apiKey: z.string().min(1).optional(),
    apiSecret: z.string().min(1).optional(),
    ...portOneContract,
  }),
);

const settingsSchema = byProvider(
  z.strictObject({
    ...toss,
    merchantId: z.string().optional().describe("or clientKey; else the default merchant"),
    clientKey: z.string().optional(),
    ...tossContract,
  }),
  z.strictObject({
    ...linePay,
    channelId: z.string().optional().describe("else the default merchant, whose contract is TWD"),
    ...linePayContract,
  }),
  z.strictObject({
    ...portOne,
    impCode: z.string().optional().describe("else the default merchant"),
    ...portOneContract,
  }),
);

const switchesSchema = byProvider(
  z.strictObject({ ...toss, ...tossSwitchesSchema.partial().shape }),
  z.strictObject({ ...linePay, ...linePaySwitchesSchema.partial().shape }),
  z.strictObject({ ...portOne, ...portOneSwitchesSchema.partial().shape }),
);

export function merchantCalls(world: World): ControlCall[] {
  const [atToss, atLinePay] = [world.toss.state, world.linePay.state];
  const atPortOne = world.portOne.state;
  const switches = () => ({
    toss: atToss.switches(),
    linePay: atLinePay.switches(),
    portOne: atPortOne.switches(),
  });
  return [
    get("/credentials", "Merchants with their keys and contracts.", undefined, () => [
      ...atToss.merchants.values().map((merchant) => ({ provider: "toss", ...merchant })),
      ...atLinePay.merchants.values().map((merchant) => ({ provider: "line_pay", ...merchant })),
      ...atPortOne.merchants.values().map((merchant) => ({ provider: "portone", ...merchant })),
    ]),
    post(
      "/credentials",
      "Adds a merchant; what is not named is made up.",
      credentialsSchema,
      (order) => {
        if (order.provider === "toss") return addTossMerchant(atToss, given(order));
        if (order.provider === "line_pay") return addLinePayMerchant(atLinePay, given(order));
        return addPortOneMerchant(atPortOne, given(order));
      },
    ),
    post(
      "/settings",
      "Changes a merchant's contract, API version or console settings.",
      settingsSchema,
      (order) => {
        if (order.provider === "toss") return changeTossMerchant(atToss, given(order));
        if (order.provider === "line_pay") return changeLinePayMerchant(atLinePay, given(order));
        return changePortOneMerchant(atPortOne, given(order));
      },
    ),
    get("/switches", "Which way each open question of the documents goes.", undefined, switches),
    post("/switches", "Turns switches; those not named stay.", switchesSchema, (order) => {
      if (order.provider === "toss") atToss.setSwitches(given(order));
      else if (order.provider === "line_pay") atLinePay.setSwitches(given(order));
      else atPortOne.setSwitches(given(order));
      return switches();
    }),
  ];
}

function addTossMerchant(state: TossState, order: Partial<Merchant>): Merchant {
  const tail = randomBytes(12).toString("hex");
  const merchant: Merchant = {
    ...defaultMerchant,
    merchantId: `emul_${tail.slice(0, 8)}`,
    clientKey: `test_ck_${tail}`,
    secretKey: `test_sk_${tail}`,
    widgetClientKey: `test_gck_${tail}`,
    widgetSecretKey: `test_gsk_${tail}`,
    ...order,
  };
  const { merchantId, clientKey, secretKey } = merchant;
  const isTaken =
    state.merchants.get(merchantId) !== undefined ||
    state.findMerchantByClientKey(clientKey) !== undefined ||
    state.findMerchantBySecretKey(secretKey) !== undefined;
  if (isTaken) throw merchantExists();
  state.merchants.put(merchantId, merchant);
  return merchant;
}

function addLinePayMerchant(state: LinePayState, order: Partial<LinePayMerchant>): LinePayMerchant {
  const merchant: LinePayMerchant = {
    ...usualContract,
    channelId: `165${randomBytes(4).readUInt32BE().toString().padStart(10, "0")}`,
    channelSecret: randomBytes(16).toString("hex"),
    currency: "TWD",
    ...order,
  };
  if (state.merchants.get(merchant.channelId) !== undefined) throw merchantExists();
  state.merchants.put(merchant.channelId, merchant);
  return merchant;
}

function addPortOneMerchant(state: PortOneState, order: Partial<PortOneMerchant>): PortOneMerchant {
  const merchant: PortOneMerchant = {
    ...portOneMerchant,
    impCode: `imp${randomInt(100_000_000).toString().padStart(8, "0")}`,
    apiKey: randomInt(2 ** 47)
      .toString()
      .padStart(16, "0"),
    apiSecret: randomBytes(40).toString("hex"),
    ...order,
  };
  const isTaken =
    state.findMerchantByImpCode(merchant.impCode) !== undefined ||
    state.findMerchantByApiKey(merchant.apiKey) !== undefined;
  if (isTaken) throw merchantExists();
  state.merchants.put(merchant.impCode, merchant);
  state.resumeRecoveries();
  return merchant;
}

function merchantExists(): ControlProblem {
  const message = "A merchant with that id or key exists. Change it with POST /settings.";
  return new ControlProblem(409, "merchant_exists", message);
}

function changeTossMerchant(
  state: TossState,
  { merchantId, clientKey, ...changes }: Partial<Merchant>,
): Merchant {
  const merchant =
    clientKey === undefined
      ? state.merchants.get(merchantId ?? defaultMerchant.merchantId)
      : state.findMerchantByClientKey(clientKey);
  if (merchant === undefined) throw new ControlProblem(404, "not_found", "No such merchant.");
  const changed = { ...merchant, ...changes };
  state.merchants.put(merchant.merchantId, changed);
  return changed;
}

function changeLinePayMerchant(
  state: LinePayState,
  { channelId = linePayMerchants.TWD.channelId, ...changes }: Partial<LinePayMerchant>,
): LinePayMerchant {
  const merchant = state.merchants.get(channelId);
  if (merchant === undefined) throw new ControlProblem(404, "not_found", "No such merchant.");
  const changed = { ...merchant, ...changes };
  state.merchants.put(channelId, changed);
  return changed;
}

function changePortOneMerchant(
  state: PortOneState,
  { impCode = portOneMerchant.impCode, ...changes }: Partial<PortOneMerchant>,
): PortOneMerchant {
  const merchant = state.findMerchantByImpCode(impCode);
  if (merchant === undefined) throw new ControlProblem(404, "not_found", "No such merchant.");
  const changed = { ...merchant, ...changes };
  state.merchants.put(merchant.impCode, changed);
  state.resumeRecoveries();
  return changed;
}
