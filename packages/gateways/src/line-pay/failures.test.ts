import { describe, expect, it } from "vitest";
import { asksKey, classifyLinePayAnswer, classOfVoided } from "./failures.ts";
import { linePayReturnCodes, type LinePayVerdict } from "./return-codes.ts";
import type { LinePayOperation } from "./transport.ts";

/** Every code of the documents and reports, in ranges where they are listed in ranges. */
const documentedCodes = `0000 0110 0121 0122 0123
  1101 1102 1104 1105 1106 1110 1115 1124 1133 1141 1142 1145 1150 1152 1153 1154 1155 1159
  1163 1164 1165 1169 1170 1172 1177 1178 1179 1180 1183 1184 1190 1193 1194 1196 1197 1198 1199
  1264 1280 1281 1282 1283 1284 1285 1286 1287 1288 1289
  1290 1291 1292 1293 1294 1295 1296 1297 1298 1299
  1900 1902 1903 1999 2020 2021 2022 2023 2024 2042 2101 2102 2103 2104 9000`.split(/\s+/);

const setup = "1104 1105 1106 2103";
const mistakes = "2101 2102 2104";
const dead = "1282 1283 1284 1285 1286 1287";
const perhapsDead = "1290 1291 1292 1293 1294 1295";
const softCards = "1280 1281 1288 1289 1296 1298";
const soft = `1101 1102 1110 1142 1154 1170 1264 2020 2021 2022 2023 ${softCards}`;

/** What each operation's codes mean; an operation knows no others. */
const expected: Readonly<
  Record<LinePayOperation, Readonly<Partial<Record<LinePayVerdict, string>>>>
> = {
  request: {
    done: "0000",
    configuration: `${setup} 1178 1194 2024`,
    invalid_request: `${mistakes} 1124 1183 1184`,
  },
  check_request: {
    waiting: "0000",
    approved: "0110",
    over: "0121 0122",
    paid: "0123",
    no_such_request: "1159",
  },
  confirm: {
    done: "0000",
    soft_decline: soft,
    hard_decline: `1141 1159 1169 1180 ${dead} ${perhapsDead}`,
    configuration: `${setup} 1178 1194 2024`,
    invalid_request: `${mistakes} 1124 1150 1153 1183 1184`,
  },
  charge: {
    done: "0000",
    soft_decline: soft,
    hard_decline: perhapsDead,
    billing_key_invalid: `1141 1190 1193 ${dead}`,
    configuration: `${setup} 1178 1194 2024`,
    invalid_request: `${mistakes} 1124 1183 1184`,
  },
  capture: {
    done: "0000",
    voided: `1199 ${softCards} ${dead} ${perhapsDead}`,
    soft_decline: "1170",
    configuration: setup,
    invalid_request: `${mistakes} 1124 1150 1183 1184`,
  },
  void: {
    done: "0000",
    configuration: setup,
    invalid_request: `${mistakes} 1150`,
  },
  refund: {
    done: "0000",
    soft_decline: "1102 2042",
    hard_decline: "1101 1163",
    configuration: setup,
    invalid_request: `${mistakes} 1115 1124 1150 1155`,
  },
  details: { done: "0000", not_found: "1150" },
  check_key: {
    usable: "0000",
    blocked: "1101 1102 1110 1154",
    gone: "1141 1190 1193",
    configuration: setup,
    invalid_request: mistakes,
  },
  expire: {
    gone: `0000 1141 1190 1193 ${dead} ${perhapsDead}`,
    configuration: setup,
    invalid_request: mistakes,
  },
};

const operations = Object.keys(expected) as LinePayOperation[];

function expectedVerdict(operation: LinePayOperation, code: string): string {
  const verdicts = Object.entries(expected[operation]);
  return verdicts.find(([, codes]) => codes.split(" ").includes(code))?.[0] ?? "outcome_unknown";
}

function verdict(operation: LinePayOperation, code: string | undefined, status = 200) {
  return classifyLinePayAnswer({ operation, status, code });
}

describe("the table of return codes", () => {
  it("holds every code of the documents and reports once, and no other", () => {
    const codes = linePayReturnCodes.map(({ code }) => code);
    expect(codes.toSorted()).toEqual(documentedCodes.toSorted());
  });

  it("says of each code what it means to each operation, and nothing where it says nothing", () => {
    const cases = operations.flatMap((operation) =>
      documentedCodes.map((code) => ({ operation, code })),
    );
    expect(cases.map((each) => ({ ...each, verdict: verdict(each.operation, each.code) }))).toEqual(
      cases.map((each) => ({ ...each, verdict: expectedVerdict(each.operation, each.code) })),
    );
  });

  it("explains every row", () => {
    for (const { note } of linePayReturnCodes) expect(note).toMatch(/\.$/);
  });
});

describe("a code that nobody has documented", () => {
  it("is unknown to every operation", () => {
    const unlisted = ["1911", "0001", "0", "00000", "constructor", undefined];
    const verdicts = operations.flatMap((operation) =>
      unlisted.map((code) => verdict(operation, code)),
    );
    expect(new Set(verdicts)).toEqual(new Set(["outcome_unknown"]));
  });
});

describe("the HTTP status of an answer", () => {
  it("makes it unknown when it comes from in front of LINE Pay, whatever the code", () => {
    const verdicts = [100, 302, 408, 409, 429, 500, 502, 503, 504].flatMap((status) => [
      verdict("charge", "0000", status),
      verdict("charge", "1142", status),
      verdict("details", "1150", status),
      verdict("check_request", "0121", status),
    ]);
    expect(new Set(verdicts)).toEqual(new Set(["outcome_unknown"]));
  });

  it("may be 400 for a refusal, never for a success", () => {
    expect(verdict("charge", "1142", 400)).toBe("soft_decline");
    expect(verdict("charge", "0000", 400)).toBe("outcome_unknown");
    expect(verdict("check_request", "0121", 404)).toBe("outcome_unknown");
  });
});

describe("a declined charge", () => {
  it("asks about the key exactly where the documents disagree or name the customer's state", () => {
    const asking = linePayReturnCodes.map(({ code }) => code).filter(asksKey);
    const wanted = `1101 1102 1110 1154 1281 ${perhapsDead} 1298`;
    expect(asking.toSorted()).toEqual(wanted.split(" "));
    expect([asksKey(undefined), asksKey("1911")]).toEqual([false, false]);
  });
});

describe("a capture that ended in the authorization given up", () => {
  it("has the class that the code has for a charge, and says nothing of the method after LINE Pay's own fault", () => {
    expect(["1282", "1291", "1289", "1199"].map(classOfVoided)).toEqual([
      "billing_key_invalid",
      "hard_decline",
      "soft_decline",
      "soft_decline",
    ]);
  });
});
