/**
 * What a control call is: a method, a path, a sentence, and the schema of what it takes. Routes and
 * the page's list of calls are both made from these.
 */
import { z } from "zod";

export interface ControlCall {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly does: string;
  /** Of the JSON body for POST, of the query for GET; undefined takes nothing. */
  readonly schema: z.ZodType | undefined;
  /** @param id The `:id` of the path, empty without one. */
  readonly run: (input: unknown, id: string) => unknown;
}

/** The order's provider; Toss Payments unless it names another. */
export function byProvider<
  T extends z.core.$ZodTypeDiscriminable,
  L extends z.core.$ZodTypeDiscriminable,
  P extends z.core.$ZodTypeDiscriminable,
>(toss: T, linePay: L, portOne: P) {
  const named = (order: unknown) =>
    typeof order === "object" && order !== null ? { provider: "toss", ...order } : order;
  return z.preprocess(named, z.discriminatedUnion("provider", [toss, linePay, portOne]));
}

/** What an order really names, so that spreading it changes nothing else. */
export function given<T extends object>(order: T): Given<T> {
  const named = Object.entries(order).filter(
    ([name, value]) => name !== "provider" && value !== undefined,
  );
  return Object.fromEntries(named) as Given<T>;
}

type Given<T> = { [K in Exclude<keyof T, "provider">]?: Exclude<T[K], undefined> };

/** A request that the control API refuses; the message says what to do instead. */
export class ControlProblem extends Error {
  readonly status: 400 | 404 | 409;
  readonly code: string;

  constructor(status: 400 | 404 | 409, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function get<Q>(
  path: string,
  does: string,
  schema: z.ZodType<Q> | undefined,
  run: (query: Q) => unknown,
): ControlCall {
  const checked = (query: unknown) =>
    run(schema === undefined ? (query as Q) : schema.parse(query));
  return { method: "GET", path, does, schema, run: checked };
}

export function post<B>(
  path: string,
  does: string,
  schema: z.ZodType<B>,
  run: (body: B, id: string) => unknown,
): ControlCall {
  return { method: "POST", path, does, schema, run: (body, id) => run(schema.parse(body), id) };
}

export function remove(path: string, does: string, run: (id: string) => unknown): ControlCall {
  return { method: "DELETE", path, does, schema: undefined, run: (_, id) => run(id) };
}
