import { describe, expect, it } from "vitest";
import { accountChannelProblems, type AccountChannel } from "./account-channels.ts";

const test: AccountChannel = {
  pg_provider: "kakaopay",
  pg_id: "TCSUBSCRIP",
  sandbox: true,
  channel_key: "key-test",
};
const live: AccountChannel = { ...test, pg_id: "CLIVE", sandbox: false, channel_key: "key-live" };

describe("the channel of a connection", () => {
  it("is in order when the account has it, once, and in its mode", () => {
    const settings = [
      accountChannelProblems({ mode: "test", channel: "kakaopay" }, [test]),
      accountChannelProblems({ mode: "live", channel: "kakaopay.CLIVE" }, [test, live]),
      accountChannelProblems({ mode: "live", channel: "kakaopay", channelKey: "key-live" }, [
        test,
        live,
      ]),
    ];
    expect(settings).toEqual([[], [], []]);
  });

  it("is not mistaken for the company's certification of persons", () => {
    const certification = { ...live, pg_provider: "danal", type: "certification" };
    const phone = { ...test, pg_provider: "danal", type: "payment" };
    const settings = [
      accountChannelProblems({ mode: "test", channel: "danal" }, [certification, phone]),
      accountChannelProblems({ mode: "live", channel: "danal" }, [certification]),
    ];
    expect(settings).toEqual([
      [],
      ["The account has no channel danal: add it in PortOne's console, channels."],
    ]);
  });

  it("is a problem when the account has none, one of the other mode, or both", () => {
    const problems = [
      accountChannelProblems({ mode: "test", channel: "chai" }, [test, live]),
      accountChannelProblems({ mode: "test", channel: "kakaopay.OTHER" }, [test, live]),
      accountChannelProblems({ mode: "live", channel: "kakaopay" }, [test]),
      accountChannelProblems({ mode: "live", channel: "kakaopay" }, [test, live]),
    ];
    expect(problems).toEqual([
      ["The account has no channel chai: add it in PortOne's console, channels."],
      ["The account has no channel kakaopay.OTHER: add it in PortOne's console, channels."],
      [
        "Channel kakaopay is a test channel and this connection is in live mode: use another channel, or change the mode.",
      ],
      [
        "The account has a test and a live channel kakaopay: name one by its channel key or its merchant id.",
      ],
    ]);
  });
});
