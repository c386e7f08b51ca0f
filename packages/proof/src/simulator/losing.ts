/** Losing: has the database of a simulation go back to earlier moments, as its losses were planned. */
import { plan, type LossPlan, type LostSpan } from "./database-losses.ts";
import type { Desk } from "./desk.ts";
import { vouch } from "./loss-side.ts";
import { strikeDown, type SimulationOptions, type Stage } from "./stage.ts";

const day = 24 * 60 * 60 * 1_000;

/** @param endMs When everything heals; nothing is lost during the day before. */
export function startLosing(
  stage: Stage,
  desk: Desk,
  { backends, profileQueries, setBackSql: sql }: SimulationOptions,
  endMs: number,
): void {
  const { around, losses, processes, scheduler } = stage;
  if (losses === undefined) return;
  const { memory, onBug } = around;
  const chance = stage.chance.fork("losing");
  vouch(desk, chance.fork("first"), onBug);
  const onLoss = (kind: LossPlan["kind"], span: LostSpan) => {
    losses.lost(kind, span);
    vouch(desk, chance.fork(String(span.toMs)), onBug);
  };
  const profiled = [...profileQueries.keys()];
  const parts = { scheduler, backends, chance, sql, memory, profiled, processes };
  const lastMs = endMs - day;
  const kill = (process: (typeof processes)[number]) => strikeDown(stage, process);
  const onNear = (ms: number) => losses.watch(ms);
  plan({ ...parts, strikeDown: kill, onNear, onLoss, lastMs }, losses.plans);
}
