/** `/operator/connections/{id}/sunset`: the form, its preview, the decision, and how it goes. */
import { Hono } from "hono";
import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { AppError } from "../../app-error.ts";
import { listConnections } from "../../connections/connection-store.ts";
import { getConnection, type ConnectionKey } from "../../connections/hold-connection.ts";
import { readSunset } from "../../http/sunset-json.ts";
import { previewSunset } from "../../sunsets/preview-sunset.ts";
import { startSunset } from "../../sunsets/start-sunset.ts";
import { listSunsetSubscriptions } from "../../sunsets/sunset-reads.ts";
import { findSunset } from "../../sunsets/sunset-store.ts";
import { silentPolicies, type WantedSunset } from "../../sunsets/sunset.ts";
import { takeBackSunset } from "../../sunsets/take-back-sunset.ts";
import type { PageDeps } from "../page-deps.ts";
import { goTo, show, type OperatorContext, type OperatorEnv } from "./show.ts";
import { newSunsetPage, sunsetPreviewPage, sunsetUnderWayPage } from "./sunset-page.ts";

const listLimit = 100;
/** Whose days the form's dates are. Accounts have no zone of their own. */
const zone = "Asia/Seoul";

const date = z
  .union([z.literal(""), z.iso.date()])
  .optional()
  .transform((text) => text || undefined);

const formSchema = z.object({
  successorId: z.string(),
  reason: z.string().trim().min(1).max(500),
  lastChargeOn: date,
  whenSilent: z.enum(silentPolicies),
  cancelOn: date,
});

/** As the form sends them; the preview hands them on. */
export type SunsetFields = z.infer<typeof formSchema>;

export function sunsetRoutes(deps: PageDeps): Hono<OperatorEnv> {
  const { engine } = deps;
  const back = (context: OperatorContext) =>
    goTo(context, `/operator/connections/${keyOf(context).id}/sunset`);

  return new Hono<OperatorEnv>()
    .get("/", (context) => showSunset(context, deps))
    .post("/preview", async (context) => {
      const fields = fieldsOf(context);
      const key = keyOf(context);
      const preview = await previewSunset(engine, key, wantedOf(fields));
      const connection = await getConnection(engine.database, key);
      const successor = await getConnection(engine.database, { ...key, id: fields.successorId });
      const both = { connection, successor };
      return show(context, deps, (desk) => sunsetPreviewPage(desk, both, preview, fields));
    })
    .post("/", async (context) => {
      confirmed(context);
      await startSunset(engine, keyOf(context), wantedOf(fieldsOf(context)), byWhom(context));
      return back(context);
    })
    .post("/take-back", async (context) => {
      confirmed(context);
      await takeBackSunset(engine, keyOf(context), byWhom(context));
      return goTo(context, "/operator/connections");
    });
}

function byWhom(context: OperatorContext): string {
  return `operator (${context.var.operator.keyName})`;
}

function keyOf(context: OperatorContext): ConnectionKey {
  return { accountId: context.var.operator.account.id, id: context.req.param("id") ?? "" };
}

async function showSunset(context: OperatorContext, deps: PageDeps): Promise<Response> {
  const { database } = deps.engine;
  const key = keyOf(context);
  const connection = await getConnection(database, key);
  const all = await listConnections(database, key.accountId);
  const successors = all.filter(({ id, state }) => state === "active" && id !== key.id);
  if ((await findSunset(database, key)) === undefined) {
    return show(context, deps, (desk) => newSunsetPage(desk, { connection, successors }));
  }
  const sunset = await readSunset(deps.engine, key);
  const successor = await getConnection(database, { ...key, id: sunset.successorId });
  const page = { limit: listLimit, after: undefined };
  const { items: waiting } = await listSunsetSubscriptions(database, key, "waiting", page);
  const requestUrlOf = (id: string) => `${deps.baseUrl}/m/${id}`;
  const underWay = { connection, successor, successors, sunset, waiting, listLimit, requestUrlOf };
  return show(context, deps, (desk) => sunsetUnderWayPage(desk, underWay));
}

function fieldsOf(context: OperatorContext): SunsetFields {
  const given = formSchema.safeParse(context.var.form);
  if (given.success) return given.data;
  throw new AppError("invalid_request", "Choose where customers are to register, and say why.");
}

function confirmed(context: OperatorContext): void {
  if (context.var.form["isConfirmed"] === "yes") return;
  throw new AppError("invalid_request", "Tick that you mean it.");
}

/** The last day of charging is charged to its end; who is canceled, is when their day begins. */
function wantedOf(fields: SunsetFields): WantedSunset {
  const { cancelOn, lastChargeOn, reason, successorId, whenSilent } = fields;
  const beginning = (day: string, days: number) =>
    Temporal.PlainDate.from(day).add({ days }).toZonedDateTime(zone).toInstant();
  return {
    successorId,
    reason,
    whenSilent,
    chargesUntil: lastChargeOn === undefined ? undefined : beginning(lastChargeOn, 1),
    cancelAt: cancelOn === undefined ? undefined : beginning(cancelOn, 0),
  };
}
