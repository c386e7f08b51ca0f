/** Finds the Chromium that tests drive, and starts it. */
import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const usualPaths = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const advice =
  "No Chromium was found. Install one, or name it: CHROMIUM_PATH=/path/to/chromium. " +
  "The tests that use the pages in a real browser need it.";

/**
 * Undefined when there is none: the tests are then skipped, with a line that says why.
 *
 * @throws {Error} when CI is set, where a skipped browser test would go unnoticed, and when
 *   CHROMIUM_PATH names nothing.
 */
export function findBrowser(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && !existsSync(named)) {
    throw new Error(`CHROMIUM_PATH=${named} does not exist.`);
  }
  const path = named ?? usualPaths.find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  if (process.env["CI"]) throw new Error(advice);
  console.warn(`Skipped: ${advice}`);
  return undefined;
}

export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
