/** The part of npm's `iamport` that the tests call; the package has no types of its own. */
declare module "iamport" {
  type Members = Record<string, unknown>;
  /** Resolves with what stands in `response`; what it is, the tests say. */
  // oxlint-disable-next-line typescript/no-explicit-any
  type Call = (members: Members) => Promise<any>;

  class Iamport {
    static DEFAULT_HOST: string;
    constructor(options: { impKey: string; impSecret: string });
    readonly payment: Record<
      "getByImpUid" | "getByMerchant" | "getByStatus" | "cancel" | "prepare" | "getPrepare",
      Call
    >;
    readonly subscribe: Record<"again" | "onetime" | "schedule" | "unschedule", Call>;
    readonly subscribe_customer: Record<"get" | "create" | "delete", Call>;
  }
  export = Iamport;
}
