/** Says why the embedded PostgreSQL cannot run here, and always what to do instead. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError";

  constructor(problem: string, cause?: unknown) {
    super(`${problem}. Or set DATABASE_URL to use a PostgreSQL server of your own.`, { cause });
  }
}
