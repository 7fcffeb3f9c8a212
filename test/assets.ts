import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of real data and models for tests, beside the checkout; undefined where it is missing, and the tests that need it say so. */
export function assetsFolder(): string | undefined {
  const folder = fileURLToPath(new URL("../../shared/assets", import.meta.url));
  return existsSync(folder) ? folder : undefined;
}
