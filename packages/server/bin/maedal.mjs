#!/usr/bin/env node
/**
 * Starts the maedal command with a Node that is new enough. Plain JavaScript, because the Node that
 * reads this file may be too old for the product itself; the install brings a newer one along.
 *
 * MAEDAL_NODE=/path/to/node chooses the Node to run with.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), "..");
const oldestNode = [22, 19];

function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

/** Beside us once installed as a dependency; at the workspace's root in a checkout. */
function bundledNodes() {
  const name = join("node_modules", ".bin", "node");
  return [join(packageRoot, "..", ".bin", "node"), join(packageRoot, "..", "..", name)];
}

function findNode() {
  const chosen = process.env.MAEDAL_NODE;
  if (!chosen && isNewEnough(process.version)) return process.execPath;
  for (const node of chosen ? [chosen] : bundledNodes()) {
    const asked = spawnSync(node, ["--version"], { encoding: "utf8" });
    if (asked.status === 0 && isNewEnough(asked.stdout.trim())) return node;
  }
  const wanted = `Maedal needs Node >= ${oldestNode.join(".")}`;
  console.error(
    chosen ? `${wanted}; MAEDAL_NODE=${chosen} is not.` : `${wanted}; this is ${process.version}.`,
  );
  process.exit(1);
}

const source = join(packageRoot, "src", "main.ts");
const program = existsSync(source)
  ? ["--conditions=source", source]
  : [join(packageRoot, "dist", "main.js")];
const child = spawn(findNode(), [...program, ...process.argv.slice(2)], { stdio: "inherit" });

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    // In a terminal, Ctrl-C reaches the child by itself.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
