import type { TreeNode } from "./treeNode.ts";

/** A tree without the figures that only move on while a run of fine-tuning does: of equal shapes, one need not be drawn at once. */
export function shapeOf(nodes: readonly TreeNode[]): string {
  return JSON.stringify(nodes, (_, value: unknown) => (isMoving(value) ? value.id : value));
}

function isMoving(value: unknown): value is TreeNode {
  return typeof value === "object" && value !== null && "context" in value && value.context === "runningTuneRun";
}
