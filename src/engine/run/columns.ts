import type { Clustered } from "../cluster/cluster.ts";
import type { Scored } from "../score/score.ts";
import type { Column } from "../store/tables.ts";
import { signals } from "../../core/signals/signals.ts";
import type { Pictures } from "./pictures.ts";

/** The columns of samples beside what discovery knows: facts of the picture, and the groups that hold it. */
export function sampleColumnsOf({ hashes, facts }: Pictures, clustered: Clustered | undefined): Column[] {
  return [
    { name: "contentHash", type: "text", values: hashes },
    { name: "width", type: "integer", values: facts.map((fact) => fact?.width) },
    { name: "height", type: "integer", values: facts.map((fact) => fact?.height) },
    { name: "pixels", type: "double", values: facts.map((fact) => fact && fact.width * fact.height) },
    { name: "pictureFormat", type: "text", values: facts.map((fact) => fact?.format) },
    { name: "orientation", type: "integer", values: facts.map((fact) => fact?.orientation) },
    { name: "frames", type: "integer", values: facts.map((fact) => fact?.frames) },
    { name: "concept", type: "text", values: clustered?.conceptOf ?? facts.map(() => undefined) },
    { name: "duplicateGroup", type: "text", values: clustered?.duplicateGroupOf ?? facts.map(() => undefined) },
  ];
}

/** The columns of pairs: every signal, flags as true and false, whole numbers as such; and which pairs are suspected mismatches. */
export function pairColumnsOf(scored: Scored, clustered: Clustered | undefined): Column[] {
  const suspected = new Set(clustered?.suspectedMismatches);
  const columns = Object.entries(scored).map(([name, values]): Column => {
    switch (signals.find(({ id }) => id === name)?.unit) {
      case "flag":
        return { name, type: "boolean", values: Array.from(values, (value) => (Number.isNaN(value) ? undefined : value !== 0)) };
      case "rank":
      case "count":
      case "tokens":
        return { name, type: "integer", values };
      default:
        return { name, type: "float", values };
    }
  });
  const first = Object.values(scored)[0] ?? new Float32Array();
  return [
    ...columns,
    {
      name: "suspectedMismatch",
      type: "boolean",
      values: Array.from(first, (value, pair) => (Number.isNaN(value) ? undefined : suspected.has(pair))),
    },
  ];
}
