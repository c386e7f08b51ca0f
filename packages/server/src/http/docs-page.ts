/** The API's documentation as one page without scripts or foreign assets, made from the document. */
import { html, raw } from "hono/html";
import { z } from "zod";
import type { ApiDocument } from "./openapi.ts";

const methods = ["get", "post", "patch", "delete"] as const;

/** What the page reads of an operation; the rest of the document is left to programs. */
const operationSchema = z.object({
  summary: z.string().default(""),
  description: z.string().optional(),
  tags: z.array(z.string()).default([]),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), schema: z.unknown().optional() }))
    .default([]),
  requestBody: z.object({ content: z.record(z.string(), z.unknown()) }).optional(),
  responses: z.record(
    z.string(),
    z.object({ content: z.record(z.string(), z.unknown()).optional() }),
  ),
});

interface Operation extends z.output<typeof operationSchema> {
  readonly method: string;
  readonly path: string;
}

const contentSchema = z.object({ schema: z.object({ $ref: z.string() }) });

export function docsPage(document: ApiDocument): ReturnType<typeof html> {
  const operations = operationsOf(document);
  const tags = [...new Set(operations.flatMap((operation) => operation.tags))];
  const errors = z.record(z.string(), z.string()).parse(document["x-error-codes"]);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${document.info.title} API</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <nav>
          <strong>${document.info.title} API</strong>
          ${tags.map((tag) => html`<a href="#${anchorOf(tag)}">${tag}</a>`)}
          <a href="#errors">Errors</a>
          <a href="/openapi.json">openapi.json</a>
        </nav>
        <main>
          <h1>${document.info.title} API</h1>
          ${paragraphs(document.info.description ?? "")}
          ${tags.map((tag) => section(tag, operations, document))} ${errorSection(errors)}
        </main>
      </body>
    </html>`;
}

function operationsOf(document: ApiDocument): readonly Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item?.[method];
      if (operation === undefined) return [];
      return [{ ...operationSchema.parse(operation), method: method.toUpperCase(), path }];
    }),
  );
}

function section(tag: string, operations: readonly Operation[], document: ApiDocument) {
  const own = operations.filter((operation) => operation.tags.includes(tag));
  return html`<section id="${anchorOf(tag)}">
    <h2>${tag}</h2>
    ${own.map((operation) => article(operation, document))}
  </section>`;
}

function article(operation: Operation, document: ApiDocument) {
  const { description, method, parameters, path, requestBody, responses, summary } = operation;
  const success = Object.entries(responses).find(([status]) => status.startsWith("2"));
  const names = parameters.map(({ in: place, name }) => `${name} (${place})`).join(", ");
  return html`<article>
    <h3><code class="${method.toLowerCase()}">${method}</code> <code>${path}</code></h3>
    <p>${summary}</p>
    ${description === undefined ? "" : paragraphs(description)}
    ${names === "" ? "" : html`<p class="small">Parameters: ${names}</p>`}
    ${example("Request", exampleOf(requestBody?.content, document))}
    ${example(`Answer ${success?.[0] ?? ""}`, exampleOf(success?.[1].content, document))}
  </article>`;
}

function example(title: string, value: unknown) {
  if (value === undefined) return "";
  return html`<details>
    <summary>${title}</summary>
    <pre>${JSON.stringify(value, undefined, 2)}</pre>
  </details>`;
}

function exampleOf(
  content: Readonly<Record<string, unknown>> | undefined,
  document: ApiDocument,
): unknown {
  const read = contentSchema.safeParse(content?.["application/json"]);
  const name = read.data?.schema.$ref.split("/").at(-1);
  const schema = name === undefined ? undefined : document.components?.schemas?.[name];
  return schema !== undefined && "example" in schema ? schema.example : undefined;
}

function errorSection(errors: Readonly<Record<string, string>>) {
  return html`<section id="errors">
    <h2>Errors</h2>
    <table>
      ${Object.entries(errors).map(
        ([code, title]) =>
          html`<tr id="${code}">
            <td><code>${code}</code></td>
            <td>${title}</td>
          </tr>`,
      )}
    </table>
  </section>`;
}

function paragraphs(text: string) {
  return text.split("\n\n").map((paragraph) => html`<p>${withCode(paragraph)}</p>`);
}

/** Text between backticks is code. */
function withCode(text: string) {
  return text.split("`").map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : part));
}

function anchorOf(tag: string): string {
  return tag.toLowerCase().replaceAll(" ", "-");
}

const style = `
  :root { color-scheme: light dark; --line: #8884; --soft: #8881; }
  body { margin: 0; display: flex; font: 16px/1.55 system-ui, sans-serif; }
  nav { position: sticky; top: 0; height: 100vh; padding: 24px; min-width: 180px;
        display: flex; flex-direction: column; gap: 6px; border-right: 1px solid var(--line);
        box-sizing: border-box; overflow: auto; }
  nav a { color: inherit; text-decoration: none; } nav a:hover { text-decoration: underline; }
  main { padding: 24px 40px 120px; max-width: 820px; min-width: 0; }
  article { border: 1px solid var(--line); border-radius: 8px; padding: 4px 20px 16px; margin: 16px 0; }
  h3 { font-weight: 500; } .small { opacity: .75; font-size: 14px; }
  code { font: 14px ui-monospace, monospace; background: var(--soft); padding: 2px 6px; border-radius: 4px; }
  code.get { background: #2a7a; } code.post { background: #27c6; }
  code.patch { background: #a706; } code.delete { background: #b336; }
  pre { overflow: auto; background: var(--soft); padding: 12px; border-radius: 6px; font-size: 13px; }
  table { border-collapse: collapse; } td { padding: 6px 12px 6px 0; border-top: 1px solid var(--line); }
  tr:target { background: #fd05; }
  @media (max-width: 700px) { body { display: block; } nav { position: static; height: auto; } main { padding: 16px; } }
`;
