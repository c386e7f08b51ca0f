/**
 * Virtual disk: what the send journals of the simulated processes lie on. What was synced stays, whoever
 * dies; of what was only written, a death keeps as much as the seed says, and the last line may be torn.
 * Every call that changes something is a step of its process, which may die there.
 *
 * A path begins with who uses it and on which machine, `/machine1@worker1.2/…`; the rest is the same
 * for all processes of the machine.
 */
import type { Chance } from "../chance.ts";
import type { Owner, Scheduler } from "./scheduler.ts";

export interface VirtualDisk {
  /** @returns The directory below which this process has the machine's files. */
  mount(machine: string, owner: Owner): string;
  /** Makes a directory and those above it. @returns The first that was missing. */
  makeDirectory(path: string): Promise<string | undefined>;
  /** Makes an empty file; one that is there is an error where it must be new. */
  create(path: string, isNew: boolean): Promise<void>;
  /** Text that is lost with its process until it is synced. */
  append(path: string, text: string): Promise<void>;
  sync(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Names in a directory; undefined when there is none. */
  list(path: string): readonly string[] | undefined;
  read(path: string): string | undefined;
  /** A number of the directory's own; undefined when there is none. */
  numberOf(path: string): number | undefined;
  /** @returns false while another process that lives has the directory. */
  own(path: string): Promise<boolean>;
  disown(path: string): void;
  isOwned(path: string): boolean;
  /** All that was ever synced, with when it was. */
  readonly synced: readonly Synced[];
}

export interface Synced {
  readonly atMs: number;
  readonly text: string;
}

export interface VirtualDiskDeps {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  /** After each step; the process may die or freeze there. */
  readonly afterStep: (owner: Owner, isDelicate: boolean) => void;
  /** How long a sync takes, in milliseconds. */
  readonly syncMs: () => number;
}

interface File {
  readonly writer: Owner;
  durable: string;
  pending: string;
}

interface Machine {
  readonly files: Map<string, File>;
  readonly directories: Map<string, number>;
  readonly owners: Map<string, Owner>;
}

export function createVirtualDisk(deps: VirtualDiskDeps): VirtualDisk {
  const machines = createMachines();
  const placeOf = (path: string) => machines.placeOf(path);
  const synced: Synced[] = [];
  const step = stepsOf(deps);
  return {
    synced,
    mount: (machine, owner) => machines.mount(machine, owner),
    ...changesOf(deps, placeOf, step, synced),
    ...looksAt(deps.chance, placeOf),
    own(path) {
      const { local, machine, owner } = placeOf(path);
      return step(owner, "disk lock", () => {
        const other = machine.owners.get(local);
        if (other !== undefined && !other.isDead) return false;
        machine.owners.set(local, owner);
        return true;
      });
    },
    disown(path) {
      const { local, machine, owner } = placeOf(path);
      if (machine.owners.get(local) === owner) machine.owners.delete(local);
    },
  };
}

function createMachines() {
  const machines = new Map<string, Machine>();
  const owners = new Map<string, Owner>();
  return {
    mount(name: string, owner: Owner): string {
      const fresh = { files: new Map(), directories: new Map(), owners: new Map() };
      if (!machines.has(name)) machines.set(name, fresh);
      const whose = `${name}@${owner.name}`;
      owners.set(whose, owner);
      return `/${whose}/journal`;
    },
    placeOf(path: string): Place {
      const [, whose = "", ...rest] = path.split("/");
      const machine = machines.get(whose.split("@")[0] ?? "");
      const owner = owners.get(whose);
      if (machine === undefined || owner === undefined) throw new Error(`who has mounted ${path}?`);
      return { machine, owner, local: rest.join("/") };
    },
  };
}

type PlaceOf = (path: string) => Place;
type StepOf = <T>(owner: Owner, name: string, change: () => T) => Promise<T>;

const syncOfSend = "disk sync of a send";

/** A change is made when the scheduler says so; never, when the process is dead by then. */
function stepsOf({ afterStep, scheduler }: VirtualDiskDeps): StepOf {
  return (owner, name, change) =>
    new Promise((resolve, reject) => {
      const run = () => {
        try {
          resolve(change());
        } catch (error) {
          reject(error);
        }
        afterStep(owner, name === syncOfSend);
      };
      scheduler.submit({ owner, name, run });
    });
}

type Changes = Pick<VirtualDisk, "makeDirectory" | "create" | "append" | "sync" | "remove">;

function changesOf(
  { scheduler, syncMs }: VirtualDiskDeps,
  placeOf: PlaceOf,
  step: StepOf,
  synced: Synced[],
): Changes {
  let directories = 0;
  return {
    makeDirectory(path) {
      const { local, machine, owner } = placeOf(path);
      if (machine.directories.has(local)) return Promise.resolve(undefined);
      return step(owner, "disk directory", () => {
        const parts = local.split("/");
        const all = parts.map((_, n) => parts.slice(0, n + 1).join("/"));
        const missing = all.filter((it) => !machine.directories.has(it));
        for (const it of missing) machine.directories.set(it, (directories += 1));
        const [first] = missing;
        return first === undefined ? undefined : `/${path.split("/")[1]}/${first}`;
      });
    },
    create(path, isNew) {
      const { local, machine, owner } = placeOf(path);
      return step(owner, "disk create", () => {
        if (isNew && machine.files.has(local)) throw fileError("EEXIST", path);
        machine.files.set(local, { writer: owner, durable: "", pending: "" });
      });
    },
    append(path, text) {
      const { local, machine, owner } = placeOf(path);
      return step(owner, "disk write", () => {
        fileOf(machine, local, path).pending += text;
      });
    },
    async sync(path) {
      const { local, machine, owner } = placeOf(path);
      if (!machine.files.has(local)) return; // A directory: its names are never lost here.
      await scheduler.sleep(owner, syncMs(), undefined);
      const isSend = machine.files.get(local)?.pending.includes('"order"') === true;
      await step(owner, isSend ? syncOfSend : "disk sync", () => {
        const file = fileOf(machine, local, path);
        if (file.pending !== "") synced.push({ atMs: scheduler.nowMs(), text: file.pending });
        file.durable += file.pending;
        file.pending = "";
      });
    },
    remove(path) {
      const { local, machine, owner } = placeOf(path);
      return step(owner, "disk remove", () => void machine.files.delete(local));
    },
  };
}

type Looks = Pick<VirtualDisk, "list" | "read" | "numberOf" | "isOwned">;

function looksAt(chance: Chance, placeOf: PlaceOf): Looks {
  return {
    list(path) {
      const { local, machine } = placeOf(path);
      if (!machine.directories.has(local)) return undefined;
      const names = [...machine.files.keys(), ...machine.directories.keys()]
        .filter((it) => it.startsWith(`${local}/`))
        .map((it) => it.slice(local.length + 1));
      return names.filter((name) => !name.includes("/"));
    },
    read(path) {
      const { local, machine } = placeOf(path);
      const file = machine.files.get(local);
      if (file === undefined) return undefined;
      settle(file, chance);
      return file.durable + file.pending;
    },
    numberOf(path) {
      const { local, machine } = placeOf(path);
      return machine.directories.get(local);
    },
    isOwned(path) {
      const { local, machine } = placeOf(path);
      return machine.owners.get(local)?.isDead === false;
    },
  };
}

/** What a dead process had not synced may be gone, or there in part. */
function settle(file: File, chance: Chance): void {
  if (!file.writer.isDead || file.pending === "") return;
  file.durable += file.pending.slice(0, chance.below(file.pending.length + 1));
  file.pending = "";
}

/** A path, taken apart. */
interface Place {
  readonly machine: Machine;
  readonly owner: Owner;
  readonly local: string;
}

function fileOf({ files }: Machine, local: string, path: string): File {
  const file = files.get(local);
  if (file === undefined) throw fileError("ENOENT", path);
  return file;
}

/** As the file system says it. */
export function fileError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
