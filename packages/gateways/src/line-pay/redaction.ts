/** What of a call to LINE Pay may be kept as evidence: members by name, and their texts anywhere. */
import { redactionBy } from "../redaction.ts";

/**
 * `web` and `app` are the two addresses of a payment window, whose opaque part opens it. Our own
 * addresses may carry what opens a page of ours.
 */
const labels: Readonly<Record<string, string>> = {
  address: "[address]",
  app: "[payment url]",
  cancelurl: "[cancel url]",
  cardid: "[card id]",
  channelsecret: "[channel secret]",
  confirmurl: "[confirm url]",
  creditcardnickname: "[card nickname]",
  maskedcreditcardnumber: "[card number]",
  paymentaccesstoken: "[payment access token]",
  paymenturl: "[payment url]",
  recipient: "[recipient]",
  regkey: "[billing key]",
  web: "[payment url]",
};

export const { createRedactor, secretsIn } = redactionBy((name) => {
  const lower = name.toLowerCase();
  return Object.hasOwn(labels, lower) ? labels[lower] : undefined;
});
