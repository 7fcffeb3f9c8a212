import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The folder of onnxruntime's own libraries, found without loading them. */
export function runtimeFolder(): string {
  const program = createRequire(import.meta.url).resolve("onnxruntime-node");
  return join(dirname(program), "..", "bin", "napi-v6", process.platform, process.arch);
}
