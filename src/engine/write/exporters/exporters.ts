import { coco } from "./coco.ts";
import type { Exporter } from "./exporter.ts";
import { imagefolder } from "./imagefolder.ts";
import { jsonl } from "./jsonl.ts";
import { openClip } from "./openClip.ts";
import { sidecar } from "./sidecar.ts";

/** The formats that pairs go out to, by their ids in alphabetical order. */
export const exporters: readonly Exporter[] = [coco, imagefolder, jsonl, openClip, sidecar];

/** The exporter of an id, undefined where there is none. */
export function findExporter(id: string): Exporter | undefined {
  return exporters.find((exporter) => exporter.id === id);
}
