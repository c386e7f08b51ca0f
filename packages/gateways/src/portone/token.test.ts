import { describe, expect, it } from "vitest";
import { createTokenSource, type IssuedToken } from "./token.ts";

/** A clock that stands still until it is set, and a PortOne that issues what it is told to. */
function office() {
  const clock = { ms: 1_000_000 };
  const answers: (IssuedToken | Error)[] = [];
  let asked = 0;
  const tokens = createTokenSource(
    () => {
      asked += 1;
      const answer = answers.shift();
      if (answer === undefined) return Promise.reject(new Error("The script has ended."));
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    () => clock.ms,
  );
  return {
    tokens,
    asked: () => asked,
    issues: (...more: (IssuedToken | Error)[]) => void answers.push(...more),
    pass: (seconds: number) => {
      clock.ms += seconds * 1_000;
    },
  };
}

const halfAnHour = (token: string): IssuedToken => ({ token, lifeMs: 30 * 60_000 });

describe("a token", () => {
  it("is asked for once and used for as long as it lives", async () => {
    const { tokens, asked, issues, pass } = office();
    issues(halfAnHour("one"));
    const used = [await tokens.get()];
    pass(29 * 60);
    used.push(await tokens.get());
    expect({ used, asked: asked() }).toEqual({ used: ["one", "one"], asked: 1 });
  });

  it("is asked for again within its last half minute, where PortOne prolongs it", async () => {
    const { tokens, asked, issues, pass } = office();
    issues(halfAnHour("one"), { token: "one", lifeMs: 5 * 60_000 + 29_000 }, halfAnHour("two"));
    await tokens.get();
    pass(29 * 60 + 29);
    expect([await tokens.get(), asked()]).toEqual(["one", 1]);
    pass(2);
    expect([await tokens.get(), asked()]).toEqual(["one", 2]);
    pass(5 * 60 - 10);
    expect([await tokens.get(), asked()]).toEqual(["one", 2]);
    pass(15);
    expect([await tokens.get(), asked()]).toEqual(["two", 3]);
  });

  it("is as old as another server has let it become", async () => {
    const { tokens, issues, pass } = office();
    issues({ token: "shared", lifeMs: 90_000 }, halfAnHour("next"));
    await tokens.get();
    pass(61);
    expect(await tokens.get()).toBe("next");
  });

  it("is asked for once by all who need it at the same moment", async () => {
    const { tokens, asked, issues } = office();
    issues(halfAnHour("one"));
    const used = await Promise.all([tokens.get(), tokens.get(), tokens.get()]);
    expect({ used, asked: asked() }).toEqual({ used: ["one", "one", "one"], asked: 1 });
  });

  it("that could not be had fails all who waited, and is asked for anew by the next", async () => {
    const { tokens, asked, issues } = office();
    issues(new Error("refused"), halfAnHour("one"));
    const ends = await Promise.allSettled([tokens.get(), tokens.get()]);
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect([await tokens.get(), asked()]).toEqual(["one", 2]);
  });

  it("that was refused is dropped, and a newer one is not", async () => {
    const { tokens, asked, issues } = office();
    issues(halfAnHour("one"), halfAnHour("two"));
    tokens.drop(await tokens.get());
    expect(await tokens.get()).toBe("two");
    tokens.drop("one");
    expect([await tokens.get(), asked()]).toEqual(["two", 2]);
  });
});
