/** A stop preview as the API tells it. */
import type { StopPreviewJson } from "../contract/stop-preview.ts";
import type { HeldBack, StopPreview } from "../runs/stop-preview.ts";

export function stopPreviewJson(it: StopPreview): StopPreviewJson {
  return {
    now: it.now.map(toJson),
    withinDay: it.withinDay.map(toJson),
    withinWeek: it.withinWeek.map(toJson),
    subscriptions: it.subscriptions,
    refunds: it.refunds,
  };
}

function toJson({ amount: { amountMinor: amount, currency }, count }: HeldBack) {
  return { currency, count, amount };
}
