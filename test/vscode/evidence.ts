import { afterEach } from "vitest";
import { openWorkbenches } from "./workbench.ts";

// A test that fails keeps a picture of every window that is open, and says what they had to complain about.
afterEach(async ({ task }) => {
  if (task.result?.state !== "fail") return;
  const name = task.name.replaceAll(/\W+/g, "-").slice(0, 60);
  for (const [index, workbench] of [...openWorkbenches].entries()) {
    const path = await workbench.screenshot(`failed-${name}-${index}`);
    console.error(`The window when it failed: ${path}`, ...workbench.problems);
  }
});
