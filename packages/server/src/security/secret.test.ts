import { format, inspect } from "node:util";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Secret } from "./secret.ts";

const value = "bk_very_secret_value";
const secret = new Secret(value);

describe("a secret", () => {
  it("is revealed when asked", () => {
    expect(secret.reveal()).toBe(value);
    expect(new Secret(Uint8Array.of(1, 2)).reveal()).toEqual(Uint8Array.of(1, 2));
  });

  it("prints as [secret] in templates, JSON, inspection and formatting", () => {
    const mistaken = secret as unknown as string; // As if a type had been lost on the way.
    expect([
      `in a template: ${mistaken}`,
      "added: ".concat(mistaken),
      JSON.stringify({ key: secret }),
      inspect(secret),
      inspect({ key: secret }),
      format("%s", secret),
      format("%o", secret),
      format("%j", secret),
    ]).toEqual([
      "in a template: [secret]",
      "added: [secret]",
      '{"key":"[secret]"}',
      "[secret]",
      "{ key: [secret] }",
      "[secret]",
      "[secret]",
      '"[secret]"',
    ]);
  });

  it("stays inside whatever inspects, copies or logs it", () => {
    const lines: string[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(line) });
    logger.info({ secret, deep: { secret } }, "charging %s", secret);
    const outputs = [
      ...lines,
      inspect(secret, { showHidden: true, customInspect: false, depth: 9 }),
      inspect(new Error("failed", { cause: secret })),
      JSON.stringify(Object.assign({}, secret)),
      JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
      inspect(structuredClone(secret), { showHidden: true }),
    ];
    expect(outputs).toHaveLength(6);
    expect(outputs.filter((output) => output.includes(value))).toEqual([]);
  });
});
