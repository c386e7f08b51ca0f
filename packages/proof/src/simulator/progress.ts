/** Progress: a line that is written over on a terminal, and now and then a line elsewhere. */
import type { SeedLine } from "./summary.ts";

export interface Progress {
  show(lines: readonly SeedLine[]): void;
  end(): void;
}

const width = 30;
const quietMs = 10_000;

export function showProgress(total: number, title: string | undefined): Progress {
  const { stderr } = process;
  let shownAtMs = performance.now();
  return {
    show(lines) {
      const isTerminal = stderr.isTTY;
      if (!isTerminal && performance.now() - shownAtMs < quietMs) return;
      shownAtMs = performance.now();
      const done = Math.round((lines.length / total) * width);
      const bar = `${"█".repeat(done)}${"░".repeat(width - done)}`;
      const charges = lines.reduce((sum, line) => sum + line.charges, 0);
      const bad = lines.filter(({ violations }) => violations.length > 0).length;
      const text = `${title ?? "simulating"} ${bar} ${lines.length}/${total} seeds, ${charges} charges, ${bad} bad`;
      stderr.write(isTerminal ? `\r${text}` : `${text}\n`);
    },
    end() {
      if (stderr.isTTY) stderr.write("\n");
    },
  };
}
