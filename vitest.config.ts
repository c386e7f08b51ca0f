import { defineConfig } from "vitest/config";

// Vite's own defaults, with "source" before them. Vitest hands this list to Node as --conditions:
// "import" in it would make a CommonJS require() load ES modules, which breaks pg.
const conditions = ["source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/{src,test}/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["packages/server/test/support/global-setup.ts"],
    // For tests that hang. What a test waits for has its own limit, and says what was in vain.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
  },
});
