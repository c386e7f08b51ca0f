import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClientReader } from "../../src/chaos/commit-messages.ts";

const zero = Buffer.of(0);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

const text = (value: string) => Buffer.concat([Buffer.from(value), zero]);
const query = (sql: string) => message("Q", text(sql));
const parse = (name: string, sql: string) => message("P", text(name), text(sql), Buffer.of(0, 0));
const bind = (portal: string, name: string) => {
  return message("B", text(portal), text(name), Buffer.alloc(6));
};
const execute = (portal: string) => message("E", text(portal), int32(0));
const sync = message("S");

const sslRequest = Buffer.concat([int32(8), int32(80_877_103)]);
const startup = (() => {
  const body = Buffer.concat([int32(196_608), text("user"), text("commit"), zero]);
  return Buffer.concat([int32(body.length + 4), body]);
})();

/** Where each COMMIT begins and ends in the stream. */
function commitsOf(chunks: readonly Uint8Array[]): [number, number][] {
  const read = createClientReader();
  const found: [number, number][] = [];
  let at = 0;
  for (const chunk of chunks) {
    for (const { bytes, commits } of read(chunk)) {
      if (commits) found.push([at, at + bytes.length]);
      at += bytes.length;
    }
  }
  return found;
}

/** What a session is made of, and whether each message commits. */
interface Said {
  readonly bytes: Buffer;
  readonly commits: boolean;
}

const commits = (bytes: Buffer): Said => ({ bytes, commits: true });
const says = (bytes: Buffer): Said => ({ bytes, commits: false });

const phrase: fc.Arbitrary<readonly Said[]> = fc.oneof(
  fc
    .constantFrom("commit", "COMMIT;", " commit work ;", "End", "commit\ntransaction")
    .map((sql) => [commits(query(sql))]),
  fc
    .constantFrom("begin", "select 'commit'", "commit prepared 'x'", "rollback", "committed", "")
    .map((sql) => [says(query(sql))]),
  fc.string({ unit: "grapheme", maxLength: 40 }).map((sql) => [says(query(`select $$${sql}`))]),
  fc
    .tuple(fc.constantFrom("", "s1"), fc.constantFrom("", "p1"))
    .map(([name, portal]) => [
      says(parse(name, "commit")),
      says(bind(portal, name)),
      commits(execute(portal)),
      says(sync),
      says(parse(name, "insert into t values ('commit')")),
      says(bind(portal, name)),
      says(execute(portal)),
      says(sync),
    ]),
);

describe("a client's bytes, however they are cut into pieces", () => {
  it("pass through unchanged, and every COMMIT is told with its first and last byte", () => {
    const session = fc.tuple(fc.boolean(), fc.array(phrase, { maxLength: 12 }));
    const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(session, sizes, ([asksForTls, phrases], cuts) => {
        const said = [...(asksForTls ? [says(sslRequest)] : []), says(startup), ...phrases.flat()];
        const stream = Buffer.concat(said.map(({ bytes }) => bytes));
        const chunks: Buffer[] = [];
        for (let at = 0; at < stream.length;) {
          const size: number = cuts.next().value ?? 1;
          chunks.push(stream.subarray(at, at + size));
          at += size;
        }
        const expected: [number, number][] = [];
        let at = 0;
        for (const { bytes, commits: isCommit } of said) {
          if (isCommit) expected.push([at, at + bytes.length]);
          at += bytes.length;
        }
        expect(commitsOf(chunks)).toEqual(expected);
        const read = createClientReader();
        const passed = chunks.flatMap((chunk) => read(chunk).map(({ bytes }) => bytes));
        expect(Buffer.concat(passed)).toEqual(stream);
      }),
    );
  });

  it("wait until their message is whole: half a COMMIT is not forwarded", () => {
    const read = createClientReader();
    const commit = query("commit");
    expect(read(Buffer.concat([startup, commit.subarray(0, 9)]))).toEqual([
      { bytes: startup, commits: false },
    ]);
    expect(read(commit.subarray(9))).toEqual([{ bytes: commit, commits: true }]);
  });
});
