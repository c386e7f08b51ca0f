/** Problem: the answer to every request that we refuse, after RFC 9457. */
import { z } from "@hono/zod-openapi";

export const problemSchema = z
  .object({
    type: z.string().openapi({ description: "Where the code is explained, below this server." }),
    title: z.string().openapi({ description: "What the code means, the same each time." }),
    status: z.int(),
    code: z.string().openapi({ description: "Stable, for programs. See docs/errors.md." }),
    detail: z.string().openapi({ description: "What is wrong here, and how to mend it." }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: "Every field that is wrong; nested ones as `a.b`." }),
  })
  .openapi("Problem", {
    example: {
      type: "/docs#invalid_request",
      title: "The request does not say something that can be done",
      status: 422,
      code: "invalid_request",
      detail: "Mend this field: amount must be at least 1.",
      errors: [{ path: "amount", message: "must be at least 1" }],
    },
  });

export type Problem = z.infer<typeof problemSchema>;
