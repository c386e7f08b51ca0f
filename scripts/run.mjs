/**
 * Runs the workspace's commands on a fresh machine: installs what is missing, finds a Node that is
 * new enough (the install brings one along), and hands over. Plain JavaScript, because the Node
 * that reads this file may be older than the one the product needs.
 *
 *   node scripts/run.mjs maedal ARGS…   the maedal command, from source
 *   node scripts/run.mjs test ARGS…     the test suite (arguments go to Vitest)
 *   node scripts/run.mjs check          format, lint, types, build, packaging, dead code
 *   node scripts/run.mjs simulate ARGS… the engine in a seeded world that does its worst
 *   node scripts/run.mjs fuzz ARGS…     what nobody should send, to everything that takes something
 *   node scripts/run.mjs chaos ARGS…    real processes, killed, frozen, cut off and filled up
 *   node scripts/run.mjs checker ARGS…  judges a run by what it left behind
 *   node scripts/run.mjs bench ARGS…    charges per second, beside what one would do instead
 *   node scripts/run.mjs bin TOOL ARGS… a tool from node_modules/.bin
 *
 * MAEDAL_NODE=/path/to/node chooses the Node to run with.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const oldestNode = [22, 19];

function install() {
  const stamp = join(root, "node_modules", ".maedal-installed");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;

  console.error("Installing the pinned packages (once, about half a minute) …");
  const npm = spawnSync(
    "npm",
    ["ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"],
    {
      cwd: root,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32",
    },
  );
  if (npm.status !== 0) fail("npm ci failed; its own message is above. Fix that and run again.");
  writeFileSync(stamp, wanted);
}

function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

function findNode() {
  const bundled = join(root, "node_modules", ".bin", "node");
  for (const node of [process.env.MAEDAL_NODE, bundled, process.execPath]) {
    if (!node) continue;
    const asked = spawnSync(node, ["--version"], { encoding: "utf8" });
    if (asked.status === 0 && isNewEnough(asked.stdout.trim())) return node;
    if (node === process.env.MAEDAL_NODE) fail(`MAEDAL_NODE=${node} is not Node >= 22.19.`);
  }
  fail(
    `Maedal needs Node >= ${oldestNode.join(".")}; this is ${process.version}. See https://nodejs.org`,
  );
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Runs one command to its end; Ctrl-C reaches the child itself, through the process group. */
function hand(command, args, env) {
  const child = spawn(command, args, { cwd: root, stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  }
  return new Promise((resolve) => {
    child.on("exit", (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

const bin = (tool) => join(root, "node_modules", ".bin", tool);
const [command, ...args] = process.argv.slice(2);

install();
const node = findNode();
const env = {
  ...process.env,
  PATH: `${dirname(node)}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}`,
};

const checks = [
  ["prettier", "--check", "."],
  ["oxlint", "--type-aware", "--deny-warnings"],
  ["tsc", "-p", "tsconfig.json"],
  ["tsc", "-b", "packages/server/tsconfig.build.json"],
  ["publint", "packages/gateways"],
  ["publint", "packages/emulator"],
  ["publint", "packages/server"],
  ["knip"],
];

/** A program of the workspace, from source. */
const source = (path) => () =>
  hand(node, ["--conditions=source", join(root, "packages", path), ...args], env);

const commands = {
  maedal: source("server/src/main.ts"),
  bench: source("proof/src/bench/main.ts"),
  simulate: source("proof/src/simulator/main.ts"),
  fuzz: source("proof/src/fuzz/main.ts"),
  chaos: source("proof/src/chaos/main.ts"),
  checker: source("proof/src/checker/main.ts"),
  test: () => hand(node, [bin("vitest"), "run", ...args], env),
  bin: () => hand(bin(args[0]), args.slice(1), env),
  check: async () => {
    for (const [tool, ...rest] of checks) {
      console.error(`\n> ${tool} ${rest.join(" ")}`);
      const code = await hand(bin(tool), rest, env);
      if (code !== 0) return code;
    }
    console.error("\nAll checks passed.");
    return 0;
  },
};

const run = commands[command];
if (!run) fail(`Unknown command: ${command}. One of: ${Object.keys(commands).join(", ")}`);
process.exit(await run());
