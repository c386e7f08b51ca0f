/** The engine's owner lock as the send journal gets it in the simulator (hooks.ts): processes are virtual. */
import { EmbeddedPostgresError } from "../../../server/src/db/embedded/embedded-error.ts";
import { theDisk } from "./virtual-files.ts";

export async function takeOwnerLock(
  directory: string,
): Promise<{ readonly release: () => Promise<void> }> {
  if (!(await theDisk().own(directory))) {
    throw new EmbeddedPostgresError(`${directory} is in use by another process`);
  }
  return {
    release: () => {
      theDisk().disown(directory);
      return Promise.resolve();
    },
  };
}

export function isOwned(directory: string): Promise<boolean> {
  return Promise.resolve(theDisk().isOwned(directory));
}
