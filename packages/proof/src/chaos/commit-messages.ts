/**
 * What a PostgreSQL client says, cut into whole messages, so that a COMMIT can be told from everything
 * else whatever the pieces in which it arrives: as a simple query, or prepared, bound and executed.
 *
 * @see PostgreSQL 18 manual, 54.7, "Message Formats" (read 2026-11).
 */

/** Bytes to be forwarded, in order; all of them together are what came in, as far as it was whole. */
export interface ClientBytes {
  readonly bytes: Buffer;
  /** They are one message, and the server commits when it reads it. */
  readonly commits: boolean;
}

export type ClientReader = (chunk: Uint8Array) => ClientBytes[];

const lengthBytes = 4;
const typeBytes = 1;
/** The first message of a session: 3.0, 3.2, and so on. Whatever comes before it has another number. */
const protocolMajor = 3;

/** @returns A reader for one connection, from its first byte on. */
export function createClientReader(): ClientReader {
  let left: Buffer = Buffer.alloc(0);
  let isStarted = false;
  const isCommit = createCommitSense();

  return (chunk) => {
    left = left.length === 0 ? Buffer.from(chunk) : Buffer.concat([left, chunk]);
    const found: ClientBytes[] = [];
    let plainFrom = 0;
    let at = 0;
    for (;;) {
      const header = isStarted ? typeBytes : 0;
      if (left.length < at + header + lengthBytes) break;
      const end = at + header + left.readInt32BE(at + header);
      if (left.length < end) break;
      const message = left.subarray(at, end);
      if (!isStarted) isStarted = message.readInt16BE(lengthBytes) === protocolMajor;
      else if (isCommit(message)) {
        if (at > plainFrom) found.push({ bytes: left.subarray(plainFrom, at), commits: false });
        found.push({ bytes: message, commits: true });
        plainFrom = end;
      }
      at = end;
    }
    if (at > plainFrom) found.push({ bytes: left.subarray(plainFrom, at), commits: false });
    left = left.subarray(at);
    return found;
  };
}

/** Remembers which prepared statements and portals are a COMMIT. */
function createCommitSense(): (message: Buffer) => boolean {
  const statements = new Set<string>();
  const portals = new Set<string>();
  const note = (names: Set<string>, name: string, commits: boolean) => {
    if (commits) names.add(name);
    else names.delete(name);
  };
  return (message) => {
    const [first = "", second = ""] = textsOf(message);
    switch (String.fromCharCode(message[0] ?? 0)) {
      case "Q":
        return isCommitText(first);
      case "P":
        note(statements, first, isCommitText(second));
        return false;
      case "B":
        note(portals, first, statements.has(second));
        return false;
      case "E":
        return portals.has(first);
      default:
        return false;
    }
  };
}

/** The first two texts of a message's body; each ends with a zero byte. */
function textsOf(message: Buffer): string[] {
  const from = typeBytes + lengthBytes;
  const firstEnd = message.indexOf(0, from);
  if (firstEnd === -1) return [];
  const secondEnd = message.indexOf(0, firstEnd + 1);
  const second = message.subarray(firstEnd + 1, secondEnd === -1 ? firstEnd + 1 : secondEnd);
  return [message.toString("utf8", from, firstEnd), second.toString("utf8")];
}

function isCommitText(sql: string): boolean {
  return /^\s*(commit|end)(\s+(work|transaction))?\s*;?\s*$/i.test(sql);
}
