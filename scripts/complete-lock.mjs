/**
 * Completes package-lock.json after `npm install`: npm leaves optional packages of other platforms
 * out of the lock when the registry in use does not carry them, and `npm ci` then refuses the lock
 * everywhere. Adds them by name, version and platform, without a checksum. Safe to run twice.
 */
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));

const systems = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const processors = [
  "arm64",
  "arm",
  "ia32",
  "loong64",
  "ppc64",
  "riscv64",
  "s390x",
  "wasm32",
  "x64",
];

/** The platform that a binary package's name tells, such as `@scope/binding-linux-arm64-gnu`. */
function platformOf(name) {
  const words = name.split(/[-/]/);
  const cpu = processors.filter((it) => words.includes(it)).slice(0, 1);
  return {
    ...(cpu.length > 0 && { cpu }),
    optional: true,
    os: systems.filter((it) => words.includes(it)).slice(0, 1),
    ...(words.includes("musl") || words.includes("musleabihf") ? { libc: ["musl"] } : {}),
    ...(words.includes("gnu") || words.includes("gnueabihf") ? { libc: ["glibc"] } : {}),
  };
}

let added = 0;
for (const { optionalDependencies = {} } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const platform = platformOf(name);
    if (lock.packages[`node_modules/${name}`] || platform.os.length === 0) continue;
    lock.packages[`node_modules/${name}`] = {
      version: version.replace(/^[\^~=]/, ""),
      ...platform,
    };
    added += 1;
  }
}

const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} optional packages of other platforms added.`);
