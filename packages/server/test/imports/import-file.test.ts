import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openImportFile } from "../../src/imports/import-file.ts";
import type { FileRow } from "../../src/imports/import-row.ts";
import { refusedRowsAsCsv } from "../../src/imports/refused-report.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "maedal-import-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function put(content: string | Uint8Array): Promise<string> {
  const path = join(directory, "keys.csv");
  await writeFile(path, content);
  return path;
}

async function rowsOf(content: string | Uint8Array): Promise<FileRow[]> {
  const file = await openImportFile(await put(content));
  const rows: FileRow[] = [];
  for await (const row of file.rows()) rows.push(row);
  expect(file.rowCount).toBe(rows.length);
  return rows;
}

/** What is said of a file that cannot be read, without its path. */
async function refusalOf(content: string | Uint8Array): Promise<string> {
  const path = await put(content);
  const answer = await openImportFile(path).catch((error: unknown) => error);
  if (!(answer instanceof Error)) throw new Error("the file was opened");
  expect(answer.name).toBe("ImportFileError");
  return answer.message.replace(path, "keys.csv");
}

const hanuel = { customer_uid: "key-1", external_id: "user-1", name: "김하늘" };
const columns =
  "There are customer_uid, external_id, name, email, phone, locale, zone, plan_id, next_charge_on, charge_time, anchor_day; needed are customer_uid and external_id.";

describe("a file as programs write it", () => {
  it("is read with any separator, line ending and order of columns, with or without a byte order mark", async () => {
    const expected = [{ line: 2, fields: hanuel }];
    for (const separator of [",", ";", "\t"]) {
      for (const ending of ["\n", "\r\n"]) {
        for (const mark of ["", "\ufeff"]) {
          const lines = [
            ["name", "customer_uid", "external_id"],
            ["김하늘", "key-1", "user-1"],
          ];
          const text = lines.map((line) => line.join(separator) + ending).join("");
          expect(await rowsOf(mark + text)).toEqual(expected);
        }
      }
    }
  });

  it("may quote what holds separators, quotes and line breaks; lines are counted as an editor does", async () => {
    const text = `Customer_UID, external_id ,name\n"key-1","user,1","하늘 ""H"" 김"\n\n"key-2","two\nlines",\nkey-3,user-3,셋\n`;
    expect(await rowsOf(text)).toEqual([
      { line: 2, fields: { customer_uid: "key-1", external_id: "user,1", name: '하늘 "H" 김' } },
      { line: 4, fields: { customer_uid: "key-2", external_id: "two\nlines" } },
      { line: 6, fields: { customer_uid: "key-3", external_id: "user-3", name: "셋" } },
    ]);
  });

  it("tells of lines that have too few or too many fields, and goes on", async () => {
    const rows = await rowsOf("customer_uid,external_id\nkey-1\nkey-2,user-2,x\nkey-3,user-3\n");
    expect(rows.map(({ line, problem }) => [line, problem?.slice(0, 41)])).toEqual([
      [2, "The line has 1 fields and the header 2: p"],
      [3, "The line has 3 fields and the header 2: p"],
      [4, undefined],
    ]);
  });
});

describe("a file that cannot be imported", () => {
  it("is refused as a whole for its columns", async () => {
    expect([
      await refusalOf("customer_uid,external_id,card\n"),
      await refusalOf("customer_uid,name\n"),
      await refusalOf("customer_uid,external_id,customer_uid\n"),
      await refusalOf(""),
    ]).toEqual([
      `keys.csv has a column "card" that is not known: its first line must name the columns. ${columns}`,
      `keys.csv has no column external_id: its first line must name the columns. ${columns}`,
      "keys.csv has the column customer_uid twice: remove one of them.",
      `keys.csv is empty: its first line must name the columns. ${columns}`,
    ]);
  });

  it("is refused for text that is not UTF-8, and told when it is Korean of old", async () => {
    const hanulInCp949 = Buffer.from([0xb1, 0xe8, 0xc7, 0xcf, 0xb4, 0xc3]);
    const before = Buffer.from("customer_uid,external_id,name\nkey-1,user-1,");
    const fix =
      "save it as “CSV UTF-8” in the spreadsheet, or convert it with iconv -f CP949 -t UTF-8.";
    expect([
      await refusalOf(Buffer.concat([before, hanulInCp949, Buffer.from("\n")])),
      await refusalOf(Buffer.concat([before, Buffer.from([0xff, 0x0a])])),
      await refusalOf(Buffer.from("\ufeffcustomer_uid,external_id\n", "utf16le")),
    ]).toEqual([
      `keys.csv is not UTF-8 but EUC-KR (CP949), somewhere after byte 0: ${fix}`,
      `keys.csv is not UTF-8, somewhere after byte 0: ${fix}`,
      `keys.csv is UTF-16: ${fix}`,
    ]);
  });

  it("is refused for a quote that is never closed, before anything is imported", async () => {
    const message = await refusalOf('customer_uid,external_id\nkey-1,user-1\n"key-2,user-2\n');
    expect(message).toMatch(
      /^keys\.csv is no readable CSV at line \d+ \(CSV_QUOTE_NOT_CLOSED\)\. /,
    );
  });

  it("is refused when it is not there", async () => {
    const path = join(directory, "nowhere.csv");
    await expect(openImportFile(path)).rejects.toThrow(/nowhere\.csv cannot be read: ENOENT/);
  });
});

describe("the report of refused rows", () => {
  it("is a CSV that spreadsheets read", () => {
    const row = { line: 3, maskedKey: "form…", externalId: "user,1", code: "bad_row" } as const;
    expect(refusedRowsAsCsv([{ ...row, message: 'Mend "it".' }])).toBe(
      '\ufeffline,customer_uid,external_id,code,message\r\n3,form…,"user,1",bad_row,"Mend ""it""."\r\n',
    );
  });
});
