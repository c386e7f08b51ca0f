/** Progress: a line that is written over on a terminal, and now and then a line elsewhere. */
import type { SeedLine } from "./summary.ts";

export interface Progress {
  show(lines: readonly SeedLine[]): void;
  end(lines: readonly SeedLine[]): void;
}

const width = 30;
/** Between two lines where they are not written over. */
const quietMs = 10_000;
const toItsEnd = "\u001B[K";

export function showProgress(total: number, title: string | undefined): Progress {
  const { stderr } = process;
  const startedAtMs = performance.now();
  let shownAtMs = startedAtMs;

  function write(lines: readonly SeedLine[]): void {
    shownAtMs = performance.now();
    const seconds = Math.round((shownAtMs - startedAtMs) / 1_000);
    const text = progressText(lines, total, title ?? "simulating", seconds);
    stderr.write(stderr.isTTY ? `\r${text}${toItsEnd}` : `${text}\n`);
  }

  if (stderr.isTTY) write([]);
  return {
    show(lines) {
      if (stderr.isTTY || performance.now() - shownAtMs >= quietMs) write(lines);
    },
    end(lines) {
      if (!stderr.isTTY) return;
      write(lines);
      stderr.write("\n");
    },
  };
}

/** `simulating ███░░░ 12/40 seeds, 1044 charges, 1 bad, 31 s` */
export function progressText(
  lines: readonly SeedLine[],
  total: number,
  title: string,
  seconds: number,
): string {
  const done = Math.round((lines.length / total) * width);
  const bar = `${"█".repeat(done)}${"░".repeat(width - done)}`;
  const charges = lines.reduce((sum, line) => sum + line.charges, 0);
  const bad = lines.filter(({ violations }) => violations.length > 0).length;
  return `${title} ${bar} ${lines.length}/${total} seeds, ${charges} charges, ${bad} bad, ${seconds} s`;
}
