/**
 * Provider answers, mutated under each gateway. Whatever comes back, a gateway throws nothing but a
 * GatewayError, quotes no secret, and says success only where the answer still says it literally.
 */
import {
  GatewayError,
  NoAnswerError,
  NotSentError,
  type HttpAnswer,
  type HttpSender,
} from "@maedal/gateways";
import type { Chance } from "../chance.ts";
import { hostileDocument, hostileText } from "./hostile-values.ts";
import { drawMutations, mutate, type Mutation } from "./mutations.ts";
import { portOneToken, providerCalls, type Parsed, type ProviderCall } from "./provider-calls.ts";
import type { CaseResult, Target } from "./target.ts";

export const answerTarget: Target = {
  name: "answers",
  share: 60,
  casesPerBlock: 1_000,
  async open() {
    await checkOracles();
    return {
      run: runCase,
      finish: () => Promise.resolve([]),
      close: () => Promise.resolve(),
    };
  },
};

interface Disturbance {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly mutations: readonly Mutation[];
  /** Instead of the mutated answer. */
  readonly document: string | undefined;
  /** No answer at all, but this. */
  readonly error: Error | undefined;
}

/** Each answer, untouched, is a success to the gateway and to the oracle: else neither shows anything. */
async function checkOracles(): Promise<void> {
  const calm = { status: 200, headers: {}, mutations: [], document: undefined, error: undefined };
  for (const call of providerCalls) {
    const { bodies, sender } = disturbed(call, calm);
    if (!(await call.succeeds(call.gatewayOf(sender)))) throw new Error(`${call.name} fails`);
    if (!isLiterallySo(call, 200, bodies)) throw new Error(`the oracle of ${call.name} is wrong`);
  }
}

async function runCase(chance: Chance): Promise<CaseResult> {
  const call = chance.pick(providerCalls);
  const drawn = drawDisturbance(chance);
  const { said, violations } = await judge(call, drawn);
  const shortest = violations.length > 0 ? await shortened(call, drawn) : drawn;
  const { bodies } = disturbed(call, shortest);
  return { kind: `${call.name}: ${said}`, violations, shown: show(call, shortest, bodies) };
}

function drawDisturbance(chance: Chance): Disturbance {
  const statuses = [201, 204, 302, 400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503];
  const header: Record<string, string> = chance.happens(0.1)
    ? { "retry-after": hostileText(chance), "content-type": hostileText(chance) }
    : {};
  const errors = [
    new NoAnswerError("POST to the provider may have arrived: no complete answer"),
    new NotSentError("POST to the provider was not sent: refused"),
    new TypeError("fetch failed"),
  ];
  return {
    status: chance.happens(0.15) ? chance.pick(statuses) : 200,
    headers: header,
    mutations: drawMutations(chance, 4),
    document: chance.happens(0.05) ? hostileDocument(chance) : undefined,
    error: chance.happens(0.02) ? chance.pick(errors) : undefined,
  };
}

/** A provider that answers every call with the disturbed answer, and what it really answered. */
function disturbed(
  call: ProviderCall,
  disturbance: Disturbance,
): { readonly sender: HttpSender; readonly bodies: string[] } {
  const { document, error, headers, mutations, status } = disturbance;
  const bodies = [document ?? mutate(call.answer, mutations)];
  const sender: HttpSender = {
    send({ url }): Promise<HttpAnswer> {
      if (url.includes("/users/getToken")) {
        return Promise.resolve({ status: 200, headers: {}, body: portOneToken });
      }
      if (error !== undefined) return Promise.reject(error);
      return Promise.resolve({ status, headers, body: bodies[0] ?? "" });
    },
    close: () => Promise.resolve(),
  };
  return { sender, bodies };
}

interface Verdict {
  readonly said: string;
  readonly violations: readonly string[];
}

async function judge(call: ProviderCall, disturbance: Disturbance): Promise<Verdict> {
  const { bodies, sender } = disturbed(call, disturbance);
  const isSo = disturbance.error === undefined && isLiterallySo(call, disturbance.status, bodies);
  try {
    const isSuccess = await call.succeeds(call.gatewayOf(sender));
    const said = isSuccess ? "success" : "no success";
    const isWrong = isSuccess && !isSo;
    return {
      said,
      violations: isWrong ? [`${call.name} says success, and its answer does not`] : [],
    };
  } catch (error) {
    if (!(error instanceof GatewayError)) {
      const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { said: "a bug", violations: [`${call.name} throws ${what}`] };
    }
    return { said: error.failure, violations: wrongWith(call, error, disturbance, isSo) };
  }
}

/** What a failure may not do: quote a secret, or call a request unsent that was answered. */
function wrongWith(
  call: ProviderCall,
  error: GatewayError,
  disturbance: Disturbance,
  isSo: boolean,
): readonly string[] {
  const { code, exchange, failure, message, providerMessage } = error;
  const told = JSON.stringify([message, code, exchange, providerMessage]);
  const quoted = call.secrets.filter((secret) => told.includes(secret));
  const wasAnswered = disturbance.error === undefined;
  const definite = ["soft_decline", "hard_decline", "billing_key_invalid", "not_sent", "outage"];
  return [
    ...quoted.map((secret) => `${call.name} quotes ${secret} in its ${failure}`),
    ...(failure === "not_sent" && wasAnswered ? [`${call.name} says not_sent of an answer`] : []),
    ...(isSo && definite.includes(failure)
      ? [`${call.name} says ${failure} of an answer that says success`]
      : []),
  ];
}

function isLiterallySo(
  call: ProviderCall,
  status: number,
  [body = ""]: readonly string[],
): boolean {
  if (status < 200 || status > 299) return false;
  try {
    return call.saysSo(JSON.parse(body) as Parsed);
  } catch {
    return false;
  }
}

/** Leaves out what is not needed for the violation. */
async function shortened(call: ProviderCall, disturbance: Disturbance): Promise<Disturbance> {
  let kept = disturbance;
  for (const mutation of disturbance.mutations) {
    const shorter = { ...kept, mutations: kept.mutations.filter((it) => it !== mutation) };
    if ((await judge(call, shorter)).violations.length > 0) kept = shorter;
  }
  return kept;
}

function show(
  call: ProviderCall,
  disturbance: Disturbance,
  [body = ""]: readonly string[],
): string {
  const { error, mutations, status } = disturbance;
  if (error !== undefined) return `${call.name}, and the sender throws ${error.name}`;
  const how = mutations.map(({ name }) => name).join(", ");
  return `${call.name}, answered ${status} (${how}): ${body.slice(0, 2_000)}`;
}
