import type { Group, GroupKind } from "../group.ts";
import type { Problem } from "../problem.ts";
import type { Sample } from "../sample.ts";

const duplicateKinds: ReadonlySet<GroupKind> = new Set<GroupKind>(["duplicate", "pixelDuplicate", "nearDuplicate"]);

/** Duplicates that lie in the evaluation split and outside of it: what is measured there would be partly remembered. One problem a group. */
export function findSplitLeaks(samples: readonly Sample[], groups: readonly Group[]): Problem[] {
  return groups.flatMap(({ kind, members }): Problem[] => {
    if (!duplicateKinds.has(kind)) return [];
    const own = members.map(({ row }) => samples[row]!);
    const frozen = own.find(({ split }) => split === "validation" || split === "test");
    const other = own.find(({ split }) => split !== frozen?.split);
    if (frozen === undefined || other === undefined) return [];
    const message = `${frozen.id} (${frozen.split}) is a copy of ${other.id} (${other.split ?? "no split"})`;
    return [
      {
        code: "splitLeak",
        severity: "warning",
        sample: frozen.id,
        file: frozen.id,
        message,
        hint: "Drop the copy outside of the evaluation split",
      },
    ];
  });
}
