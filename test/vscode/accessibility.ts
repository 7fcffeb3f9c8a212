/// <reference lib="dom" />
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Frame } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Rules about whole pages, which a panel within VS Code is not. */
const options: RunOptions = {
  resultTypes: ["violations"],
  rules: { "page-has-heading-one": { enabled: false }, region: { enabled: false } },
};

/** What axe finds wrong in a frame, a sentence each; the frame's policy allows no script of ours, the browser's own tools do. */
export async function findAccessibilityViolations(frame: Frame): Promise<readonly string[]> {
  await frame.evaluate(axe);
  const results = await frame.evaluate(
    (given) => (window as unknown as { axe: { run(root: Document, given: RunOptions): Promise<AxeResults> } }).axe.run(document, given),
    options,
  );
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${help}: ${target.join(" ")} ${html}`),
  );
}
