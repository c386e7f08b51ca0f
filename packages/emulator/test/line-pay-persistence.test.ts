import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codeOf, merchantOf } from "./support/line-pay.ts";
import { startWorld } from "./support/world.ts";

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "maedal-emulator-"));
});
afterEach(() => rm(dataDirectory, { recursive: true }));

describe("an emulated LINE Pay with a data directory", () => {
  it("knows everything again after a restart", async () => {
    const first = await startWorld({ dataDirectory });
    const merchant = merchantOf(first);
    const { regKey } = await merchant.register();
    const { info } = (await merchant.charge(regKey)).body;
    await merchant.post(`/v3/payments/${info.transactionId}/refund`, { refundAmount: 20 });
    const open = await merchant.request();
    await merchant.approve(open);
    await first.control("POST", "/switches", { provider: "line_pay", deadKey: "1193" });
    const paths = ["/ledger", "/accounts", "/switches", "/credentials"].concat(
      ["requests", "keys", "payments"].map((name) => `/line-pay/${name}`),
    );
    const tell = (world: typeof first) =>
      Promise.all(paths.map((path) => world.control("GET", path)));
    const before = await tell(first);
    await first.stop();

    const second = await startWorld({ dataDirectory });
    const again = merchantOf(second);
    const after = await tell(second);
    const codes = [
      codeOf(await again.charge(regKey)),
      codeOf(await again.confirm(open)),
      codeOf(await again.post(`/v3/payments/preapprovedPay/${regKey}/expire`, {})),
      codeOf(await again.charge(regKey)),
    ];
    await second.stop();
    expect(after).toEqual(before);
    expect(codes).toEqual(["1172", "0000", "0000", "1193"]);
  });

  it("lets an authorization of the run before expire at its time", async () => {
    const first = await startWorld({ dataDirectory });
    const merchant = merchantOf(first);
    const { regKey } = await merchant.register();
    await merchant.charge(regKey, { capture: false, orderId: "A" });
    await first.stop();
    const second = await startWorld({ dataDirectory });
    await second.control("POST", "/clock", { by: "P6D" });
    expect(await second.ledgerOf("A")).toEqual([
      ["authorization", 999],
      ["void", 999],
    ]);
    await second.stop();
  });

  it("has forgotten everything after a reset but its merchants and its payer", async () => {
    const world = await startWorld({ dataDirectory });
    const merchant = merchantOf(world);
    const { regKey } = await merchant.register();
    await world.control("POST", "/reset");
    const { linePay } = await world.control("GET", "/accounts");
    const left = [
      await world.control("GET", "/line-pay/requests"),
      await world.control("GET", "/line-pay/payments"),
      linePay.regKeys,
      linePay.payers.map(({ name }: { name: string }) => name),
      codeOf(await merchant.charge(regKey)),
    ];
    await world.stop();
    expect(left).toEqual([[], [], [], ["王小美"], "1190"]);
  });
});
