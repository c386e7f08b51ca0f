import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { readRow, type FileRow } from "./import-row.ts";

const planId = "plan_5x4h9k2m7q1r8t3v6w0y5z2a4b";
const least = { customer_uid: "former-1042", external_id: "user-1042" };
const read = (fields: FileRow["fields"]) => readRow({ line: 2, fields });
const refusal = (message: string) => ({ code: "bad_row", message });

describe("a row of customer and key only", () => {
  it("says nothing else of the customer, and has no subscription", () => {
    expect(read(least)).toEqual({
      line: 2,
      keyName: "former-1042",
      externalId: "user-1042",
      details: {
        name: undefined,
        email: undefined,
        phone: undefined,
        locale: undefined,
        zone: undefined,
      },
      subscription: undefined,
    });
  });

  it("may not have a subscription's day, time or anchor", () => {
    const fields = {
      ...least,
      next_charge_on: "2027-02-28",
      charge_time: "10:00",
      anchor_day: "31",
    };
    expect(read(fields)).toEqual(
      refusal(
        "Mend this row: next_charge_on must not be there without a plan_id; charge_time must not be there without a plan_id; anchor_day must not be there without a plan_id.",
      ),
    );
  });
});

describe("a row with everything", () => {
  it("is read", () => {
    const details = {
      name: "김하늘",
      email: "haneul@example.com",
      phone: "010-1234-5678",
      locale: "ko",
      zone: "Asia/Seoul",
    };
    const subscription = {
      plan_id: planId,
      next_charge_on: "2027-02-28",
      charge_time: "09:30",
      anchor_day: "31",
    };
    expect(read({ ...least, ...details, ...subscription })).toEqual({
      line: 2,
      keyName: "former-1042",
      externalId: "user-1042",
      details,
      subscription: {
        planId,
        nextChargeOn: Temporal.PlainDate.from("2027-02-28"),
        chargeTime: Temporal.PlainTime.from("09:30"),
        anchorDay: 31,
      },
    });
  });
});

describe("a row that does not make sense", () => {
  it("is refused with every column that has to be mended, and without the key", () => {
    const answer = read({
      customer_uid: "former-1042 ",
      email: "haneul",
      zone: "Asia/Soul",
      plan_id: "premium",
      next_charge_on: "2027-02-30",
      charge_time: "24:00",
      anchor_day: "32",
    });
    expect(answer).toEqual(
      refusal(
        "Mend this row: customer_uid must not begin or end with a space; external_id must not be empty; email must be an e-mail address; zone must be an IANA time zone, such as Asia/Seoul; plan_id must be the id of a plan: plan_ and 26 lower-case characters; next_charge_on must be a date, such as 2027-02-28; charge_time must be a time of day, such as 10:00; anchor_day must be a day of the month, 1 to 31.",
      ),
    );
  });

  it("is refused for a plan without the day of its next charge", () => {
    expect(read({ ...least, plan_id: planId })).toEqual(
      refusal("Mend this row: next_charge_on must be there, because there is a plan_id."),
    );
  });

  it("is refused for a year that was mistyped", () => {
    expect(read({ ...least, plan_id: planId, next_charge_on: "9999-12-31" })).toEqual(
      refusal("Mend this row: next_charge_on must be a date, such as 2027-02-28."),
    );
  });

  it("is refused for what is wrong with its line", () => {
    const answer = readRow({ line: 3, fields: least, problem: "The line has 1 field." });
    expect(answer).toEqual(refusal("The line has 1 field."));
  });
});
