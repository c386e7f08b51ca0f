import { spawnSync } from "node:child_process";

/**
 * The source's, as it was when the program began: a long run outlives the next commit. Ends in `+` where
 * files had been changed since. Undefined outside a repository.
 */
export const commit = readCommit();

function readCommit(): string | undefined {
  const git = (...args: string[]) =>
    spawnSync("git", args, { encoding: "utf8", cwd: import.meta.dirname });
  const head = git("rev-parse", "HEAD");
  if (head.status !== 0) return undefined;
  const changes = git("status", "--porcelain", "--untracked-files=no").stdout.trim();
  return `${head.stdout.trim()}${changes === "" ? "" : "+"}`;
}
