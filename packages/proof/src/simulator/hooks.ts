/**
 * Module hooks of the simulator's process, which must be there before anything else is loaded: the
 * emulator draws its ids from the seed, the send journal lies on a virtual disk, and a sabotaged module is
 * loaded in the place of the engine's.
 */
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "..", "..", "..", "..");
const urlOf = (...path: string[]) => pathToFileURL(join(root, ...path)).href;

/** @param replaced Modules of sabotage/, by the path of the engine's module from the root. */
export function installHooks(replaced: Readonly<Record<string, string>>): void {
  const emulator = urlOf("packages", "emulator", "src");
  const seeded = urlOf("packages", "proof", "src", "simulator", "seeded-crypto.ts");
  const journal = urlOf("packages", "server", "src", "journal");
  const durability = urlOf("packages", "server", "src", "durability");
  const ownerLock = urlOf("packages", "server", "src", "db", "embedded", "owner-lock.ts");
  const virtual = (file: string) => urlOf("packages", "proof", "src", "simulator", file);
  const replacements = new Map(
    Object.entries(replaced).map(([path, file]) => [
      urlOf(path),
      urlOf("packages", "proof", "src", "sabotage", file),
    ]),
  );
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL = "" } = context;
      if (specifier === "node:crypto" && parentURL.startsWith(emulator)) {
        return { url: seeded, shortCircuit: true };
      }
      const isJournal = parentURL.startsWith(journal);
      if (specifier === "node:fs/promises" && (isJournal || parentURL.startsWith(durability))) {
        return { url: virtual("virtual-files.ts"), shortCircuit: true };
      }
      const found = next(specifier, context);
      if (isJournal && found.url === ownerLock) {
        return { ...found, url: virtual("virtual-owner-lock.ts") };
      }
      const other = replacements.get(found.url);
      return other === undefined || parentURL === other ? found : { ...found, url: other };
    },
  });
}
