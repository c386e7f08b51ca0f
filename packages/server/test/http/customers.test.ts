import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiWorld, type ApiWorld } from "./api-world.ts";

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(async () => {
  await world.stop();
});

const path = "/v1/customers";

async function created(customer: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { body, status } = await world.shop.post(path, customer);
  expect({ status, detail: body["detail"] }).toEqual({ status: 201, detail: undefined });
  return body;
}

describe("a customer", () => {
  it("is shown as it was created, and what nobody told is null", async () => {
    const { createdAt, id, ...shown } = await created({ name: "김하늘", phone: "010-1234-5678" });
    expect(shown).toEqual({
      externalId: null,
      name: "김하늘",
      email: null,
      phone: "010-1234-5678",
      locale: "ko",
      zone: "Asia/Seoul",
      testClockId: null,
    });
    const read = await world.shop.get(`${path}/${String(id)}`);
    expect(read.body).toEqual({ ...shown, createdAt, id });
    expect((await world.shop.get(path)).body["items"]).toContainEqual(read.body);
  });
});

describe("a customer's phone number", () => {
  it("is kept as it was written, with or without the country", async () => {
    for (const phone of ["01012345678", "02 123 4567", "+82 10-1234-5678", "+886912345678"]) {
      expect((await created({ phone }))["phone"]).toBe(phone);
    }
  });

  it("is changed, left alone, and emptied, and the other fields stay", async () => {
    const customer = await created({ name: "김하늘", email: "haneul@example.com" });
    const own = `${path}/${String(customer["id"])}`;
    const added = await world.shop.patch(own, { phone: "010-1234-5678" });
    expect(added.body).toEqual({ ...customer, phone: "010-1234-5678" });
    const untouched = await world.shop.patch(own, { locale: "en" });
    expect(untouched.body).toEqual({ ...added.body, locale: "en" });
    const emptied = await world.shop.patch(own, { phone: null });
    expect(emptied.body).toEqual({ ...untouched.body, phone: null });
  });

  it("is refused when it is none", async () => {
    const shape = "must be digits, with + before them and - or spaces between them";
    const cases = [
      { phone: "call me maybe", message: shape },
      { phone: "010-1234-567a", message: shape },
      { phone: "8210+12345678", message: shape },
      { phone: "010-1234-5678-", message: shape },
      { phone: "١٢٣٤٥٦٧٨٩", message: shape },
      { phone: "123456", message: "must have at least 7 characters" },
      { phone: "+82 10-1234-5678-9012", message: "must have at most 20 characters" },
      { phone: 821012345678, message: "must be text, such as 010-1234-5678" },
    ];
    for (const { message, phone } of cases) {
      const { body, status } = await world.shop.post(path, { phone });
      const errors = [{ path: "phone", message }];
      expect({ phone, status, errors: body["errors"] }).toEqual({ phone, status: 422, errors });
    }
  });
});
