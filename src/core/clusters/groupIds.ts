import type { Group, GroupKind } from "../group.ts";

/** A group before it has its id. */
export type UnnumberedGroup = Omit<Group, "id">;

/** Numbers groups of one kind in the order given: `nearDuplicate-0001` and so on. */
export function numberGroups(kind: GroupKind, groups: readonly UnnumberedGroup[]): Group[] {
  return groups.map((group, at) => ({ id: `${kind}-${String(at + 1).padStart(4, "0")}`, ...group }));
}
