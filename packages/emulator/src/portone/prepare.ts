/**
 * Registering the amount of a window beforehand.
 *
 * PortOne V1 REST API, "payments.prepare" (read 2026-11): it binds `request_pay` only.
 */
import { z } from "zod";
import {
  amountSchema,
  merchantUidSchema,
  optionalText,
  parse,
  type PortOneAnswer,
  type PortOneCall,
} from "./call.ts";
import type { Preparation } from "./records.ts";
import { notFound, refused, texts } from "./refusals.ts";

const prepareSchema = z.object({
  merchant_uid: merchantUidSchema,
  amount: amountSchema,
  currency: optionalText,
});

function preparationIn({ merchant, body }: PortOneCall): Preparation {
  const { merchant_uid: merchantUid, amount, currency } = parse(prepareSchema, body);
  return { impCode: merchant.impCode, merchantUid, amount, currency };
}

/** POST /payments/prepare */
export function prepare(call: PortOneCall): PortOneAnswer {
  const preparation = preparationIn(call);
  const { impCode, merchantUid } = preparation;
  const isThere = call.state.getPreparation(impCode, merchantUid) !== undefined;
  if (isThere) throw refused(texts.alreadyPrepared);
  call.state.savePreparation(preparation);
  return answer(preparation);
}

/** PUT /payments/prepare */
export function changePreparation(call: PortOneCall): PortOneAnswer {
  const preparation = preparationIn(call);
  const { impCode, merchantUid } = preparation;
  const isThere = call.state.getPreparation(impCode, merchantUid) !== undefined;
  if (!isThere) throw notFound(texts.noPreparation);
  call.state.savePreparation(preparation);
  return answer(preparation);
}

/** GET /payments/prepare/{merchant_uid} */
export function showPreparation({ state, merchant, parameter }: PortOneCall): PortOneAnswer {
  const preparation = state.getPreparation(merchant.impCode, parameter);
  if (preparation === undefined) throw notFound(texts.noPreparation);
  return answer(preparation);
}

function answer({ merchantUid, amount, currency }: Preparation): PortOneAnswer {
  return { response: { merchant_uid: merchantUid, amount, currency } };
}
