/**
 * A throw-away certificate for a host that is not ours, made anew for each run: nothing to keep
 * secret, nothing that expires, and no tool that a machine may lack. The DER encoding of RFC 5280,
 * as far as one self-signed certificate needs it.
 */
import { generateKeyPairSync, sign } from "node:crypto";

/** PEM texts. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const tags = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** A DNS name among the kinds of subjectAltName. */
  dnsName: 0x82,
  version: 0xa0,
  extensions: 0xa3,
} as const;

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const lengthBytes =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content]);
}

const sequence = (...parts: readonly Buffer[]) => der(tags.sequence, ...parts);
const oid = (hex: string) => der(tags.oid, Buffer.from(hex, "hex"));
const text = (tag: number, value: string) => der(tag, Buffer.from(value));

/** ecdsa-with-SHA256, commonName and subjectAltName. */
const signatureAlgorithm = sequence(oid("2a8648ce3d040302"));
const commonName = oid("550403");
const subjectAltName = oid("551d11");

/** From 2020 to 2120: never to be renewed, whatever the machine's clock says. */
const validity = sequence(
  text(tags.utcTime, "200101000000Z"),
  text(tags.generalizedTime, "21200101000000Z"),
);

/** @param host The one DNS name that the certificate is for. */
export function certificateFor(host: string): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(der(tags.set, sequence(commonName, text(tags.utf8, host))));
  const names = der(tags.octets, sequence(text(tags.dnsName, host)));
  const toBeSigned = sequence(
    der(tags.version, der(tags.integer, Buffer.from([2]))), // 2 is version 3.
    der(tags.integer, Buffer.from([1])),
    signatureAlgorithm,
    name,
    validity,
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(tags.extensions, sequence(sequence(subjectAltName, names))),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  const unusedBits = Buffer.from([0]);
  const signed = sequence(toBeSigned, signatureAlgorithm, der(tags.bits, unusedBits, signature));
  const lines = signed.toString("base64").replaceAll(/.{64}/g, "$&\n").trimEnd();
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
