export { currencies, isSameMoney, money, type Currency, type Money } from "./money.ts";
export {
  failureClasses,
  GatewayError,
  type FailureClass,
  type GatewayFailure,
} from "./gateway-error.ts";
export type { Exchange } from "./exchange.ts";
export * from "./gateway.ts";
export {
  createHttpSender,
  NoAnswerError,
  NotSentError,
  type HttpAnswer,
  type HttpRequest,
  type HttpSender,
  type HttpSenderOptions,
} from "./http.ts";
