/**
 * Module hooks of the simulator's process, which must be there before anything else is loaded: the
 * emulator draws its ids from the seed, and a sabotaged module is loaded in the place of the engine's.
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
      const found = next(specifier, context);
      const other = replacements.get(found.url);
      return other === undefined || parentURL === other ? found : { ...found, url: other };
    },
  });
}
