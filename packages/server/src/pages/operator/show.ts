/** How operator pages are answered: in whose language, and what is wrong. */
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { errorCodes, type AppError } from "../../app-error.ts";
import { answerPage, newNonce, pageHeaders, type Html } from "../answer.ts";
import { languages } from "../format.ts";
import type { PageDeps } from "../page-deps.ts";
import type { Desk } from "./layout.ts";
import { problemPage } from "./log-in-page.ts";
import { operatorAt, type Operator } from "./session.ts";
import { sayIn } from "./texts.ts";

export interface OperatorEnv {
  Variables: { operator: Operator; form: Readonly<Record<string, string>> };
}

export type OperatorContext = Context<OperatorEnv>;

export function goTo(context: Context, path: string): Response {
  for (const [name, value] of Object.entries(pageHeaders)) context.header(name, value);
  return context.redirect(path, 303);
}

type ProblemStatus = 200 | 400 | 401 | 403 | 404 | 409 | 422;

export async function show(
  context: Context,
  deps: PageDeps,
  page: (desk: Desk) => Html,
  status: ProblemStatus = 200,
): Promise<Response> {
  const desk = await deskAt(context, deps);
  return answerPage(context, page(desk), desk.nonce, { status });
}

const languageCookie = "maedal_operator_language";

async function deskAt(context: Context, deps: PageDeps): Promise<Desk> {
  const known = (text: string | undefined) => languages.find((it) => it === text);
  const asked = known(context.req.query("lang"));
  if (asked !== undefined) {
    setCookie(context, languageCookie, asked, { path: "/operator", sameSite: "Lax" });
  }
  const language = asked ?? known(getCookie(context, languageCookie)) ?? "ko";
  const nonce = newNonce(deps.engine.effects.random);
  const operator = await operatorAt(context, deps);
  return { language, say: sayIn(language), nonce, operator };
}

export function showProblem(
  context: Context,
  deps: PageDeps,
  problem: "formOver" | "notFound",
): Promise<Response> {
  const status = problem === "formOver" ? 403 : 404;
  return show(context, deps, (desk) => problemPage(desk, desk.say(problem)), status);
}

export function showError(context: Context, deps: PageDeps, error: AppError): Promise<Response> {
  const status = errorCodes[error.code] === 404 ? 404 : 409;
  return show(context, deps, (desk) => problemPage(desk, error.message), status);
}
