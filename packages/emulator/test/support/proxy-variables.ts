/** The variables by which HTTP clients find a forward proxy. */
const names = ["https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"] as const;

/**
 * Leads every `https://` request of this process's old-fashioned clients to the proxy.
 *
 * @returns what puts the variables back as they were.
 */
export function setProxy(proxyUrl: string): () => void {
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  process.env["https_proxy"] = proxyUrl;
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
