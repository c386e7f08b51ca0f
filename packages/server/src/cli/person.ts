/** Who decides at the command line. */
import { userInfo } from "node:os";

/** By the account of the machine. */
export function personAtCommandLine(): string {
  return `${userInfo().username} (command line)`;
}
