import { describe, expect, it } from "vitest";
import { buckets } from "../../../../src/core/buckets.ts";
import { attentionOf, datasetNode } from "../../../../src/host/tree/datasetNode.ts";
import { problemFileNodes } from "../../../../src/host/tree/problemNodes.ts";
import type { TreeNode } from "../../../../src/host/tree/treeNode.ts";
import { analysedEntry, analysedOf, bucketOf, newEntry, operationOf, overviewOf } from "../entries.ts";

const nowMs = Date.parse("2026-11-24T12:00:00.000Z");
const nodeOf = (entry: Parameters<typeof datasetNode>[0]): TreeNode => datasetNode(entry, { nowMs, isOpen: true });
const childrenOf = (node: TreeNode | undefined): readonly TreeNode[] =>
  Array.isArray(node?.children) ? (node.children as readonly TreeNode[]) : [];
const child = (node: TreeNode | undefined, label: string): TreeNode | undefined => childrenOf(node).find((one) => one.label === label);
function* walk(node: TreeNode): Iterable<TreeNode> {
  yield node;
  for (const one of childrenOf(node)) yield* walk(one);
}

describe("a dataset in the side bar", () => {
  it("offers the analysis where there is none", () => {
    const node = nodeOf(newEntry());
    expect(node).toMatchObject({ label: "data", description: "not analysed yet", context: "dataset idle" });
    expect(childrenOf(node)).toMatchObject([
      { label: "Analyse this dataset", command: { id: "winnow.run", arguments: [{ root: "/data" }] } },
    ]);
  });

  it("tells how far a run is, and can be stopped", () => {
    const progress = [{ stage: "encode", done: 10, cached: 0, total: 40 }] as const;
    const node = nodeOf(analysedEntry({ run: { progress, etaSeconds: 12 } }));
    expect(node).toMatchObject({
      description: "encoding 10 of 40, 15 s left",
      context: "dataset running analysed undoable",
      icon: { id: "sync~spin" },
    });
  });

  it("says what is wrong where it can't be read, and that it is being read before", () => {
    expect(nodeOf(newEntry({ overview: null, problem: "this folder is not there" }))).toMatchObject({
      description: "this folder is not there",
      icon: { id: "error" },
    });
    expect(nodeOf(newEntry({ overview: null }))).toMatchObject({ description: "reading", children: [{ label: "Reading …" }] });
  });

  it("has an overview that warns of the built-in encoder and of changed files", () => {
    const overview = child(nodeOf(analysedEntry({ changedFiles: 3 })), "Overview");
    expect(overview).toMatchObject({ description: "300 pictures, 320 captions", isOpen: true });
    expect(child(overview, "Encoder")).toMatchObject({ description: "built-in on cpu", icon: { id: "warning" } });
    expect(child(overview, "Last analysis")?.description).toBe("3 h ago");
    expect(child(overview, "Kept")?.description).toBe("290 of 300 pictures, 310 of 320 captions");
    expect(child(overview, "3 files changed")).toMatchObject({ context: "stale" });
    expect(child(child(nodeOf(analysedEntry()), "Overview"), "Evaluation split")).toBeUndefined();
    expect(
      child(child(nodeOf(analysedEntry({ overview: overviewOf({ readOnly: "It is of a newer Winnow" }) })), "Overview"), "Read-only"),
    ).toBeDefined();
  });

  it("puts buckets on shelves by what they are made of, and opens them on a click", () => {
    const node = nodeOf(analysedEntry());
    expect(childrenOf(node).map(({ label }) => label)).toEqual([
      "Overview",
      "Suspect pairs",
      "Copies",
      "Look-alikes and concepts",
      "Decisions",
      "Problems",
      "Recipe",
      "Operations",
      "Fine-tune the encoder",
    ]);
    const [duplicates] = childrenOf(child(node, "Copies"));
    expect(duplicates).toMatchObject({
      description: "3 · 2 groups",
      spoken: "Title of duplicates: 3 pictures in 2 groups",
      command: { id: "winnow.openBucket", arguments: [{ root: "/data", subject: { kind: "bucket", bucket: "duplicates" } }] },
    });
    expect(childrenOf(child(node, "Decisions")).map(({ label }) => label)).toEqual(["Title of review", "Title of dropped"]);
  });

  it("finds a shelf for a bucket that it has never heard of", () => {
    const novel = [bucketOf("novel"), bucketOf("novelGroups", { kind: "concept", groups: 3 })];
    const node = nodeOf(analysedEntry({ overview: overviewOf({ analysed: analysedOf({ buckets: novel }) }) }));
    expect(childrenOf(child(node, "Suspect pairs"))).toHaveLength(1);
    expect(childrenOf(child(node, "Look-alikes and concepts"))).toHaveLength(1);
    expect(child(node, "Copies")).toBeUndefined();
  });

  it("puts every bucket that there is on a shelf with a picture of its own", () => {
    const real = buckets.map((bucket) => ({ ...bucket, count: 1, groups: bucket.kind === null ? null : 1 }));
    const node = nodeOf(analysedEntry({ overview: overviewOf({ analysed: analysedOf({ buckets: real }) }) }));
    expect(child(node, "Problems")?.spoken).toBe("Problems: 1 picture, 7 findings");
    const shelves = Object.fromEntries(childrenOf(node).map((shelf) => [shelf.label, childrenOf(shelf).map(({ label }) => label)]));
    expect(shelves).toMatchObject({
      "Suspect pairs": ["Low score", "Mismatched rank", "Unreadable pictures"],
      Captions: expect.arrayContaining([
        "Truncated captions",
        "Weak captions",
        "Echo",
        "Another language",
        "More than 75 tokens",
      ]) as string[],
      Copies: ["Duplicates", "Near-duplicates", "Same caption", "Same image, other captions"],
      "Look-alikes and concepts": ["Confusable groups", "Possible false negatives", "Concepts"],
      Decisions: ["Dropped", "Review", "Edited"],
    });
    const drawn = [...walk(node)].filter(({ context }) => context === "bucket");
    expect(drawn.filter(({ icon }) => icon?.id === "list-filter").map(({ label }) => label)).toEqual([]);
  });

  it("gives an empty bucket no alarming colour", () => {
    const few = [bucketOf("lowScore", { count: 0 }), bucketOf("mismatch", { count: 2 })];
    const shelf = child(nodeOf(analysedEntry({ overview: overviewOf({ analysed: analysedOf({ buckets: few }) }) })), "Suspect pairs");
    expect(childrenOf(shelf).map(({ icon }) => icon?.color)).toEqual([undefined, "charts.red"]);
  });

  it("lists problems by code, whose files are read when they are opened", () => {
    const problems = child(nodeOf(analysedEntry()), "Problems");
    expect(problems).toMatchObject({ description: "7", icon: { id: "error" }, spoken: "Problems: 7 pictures, 7 findings" });
    const [broken] = childrenOf(problems);
    expect(broken).toMatchObject({
      label: "Broken image",
      description: "2",
      children: "later",
      subject: { kind: "problem", code: "brokenImage" },
    });
    const listed = (file: string) => ({
      code: "brokenImage" as const,
      severity: "error" as const,
      file,
      message: "The picture is cut short",
      hint: "Copy it again",
      sample: null,
    });
    const files = problemFileNodes(broken!, [listed("sub/a.jpg"), listed("shard.tar#b.jpg")], 5);
    expect(files.map(({ label, file }) => [label, file])).toEqual([
      ["a.jpg", "sub/a.jpg"],
      ["shard.tar#b.jpg", undefined],
      ["… and 5 more", undefined],
    ]);
  });

  it("lists the recipe's rules as boxes that are on or off", () => {
    const recipe = child(nodeOf(analysedEntry()), "Recipe");
    expect(recipe?.description).toBe("1 rule, 1 off");
    expect(childrenOf(recipe)).toMatchObject([
      { label: "Threshold", description: "signal clipScore, min 0.2", checkbox: { isChecked: true }, subject: { kind: "rule", rule: 0 } },
      { label: "Deduplicate", description: "of duplicate", checkbox: { isChecked: false } },
    ]);
  });

  it("lists operations, the newest first, and marks those that can be undone", () => {
    const operations = child(nodeOf(analysedEntry()), "Operations");
    expect(childrenOf(operations)).toMatchObject([
      { label: "Summary of o2", description: "2 h ago", context: "undoableOperation" },
      { label: "Summary of o1", description: "2 h ago · undone", context: "operation" },
    ]);
    const many = Array.from({ length: 40 }, (_, at) => operationOf(`m${at}`));
    const long = child(nodeOf(analysedEntry({ overview: overviewOf({ operations: many }) })), "Operations");
    expect(childrenOf(long)).toHaveLength(31);
    expect(childrenOf(long).at(-1)).toMatchObject({ label: "Earlier operations …", command: { id: "winnow.showOperations" } });
    expect(long?.description).toBe("latest 2 h ago");
  });

  it("has ids that are never used twice, and words for a screen reader", () => {
    const nodes = [...walk(nodeOf(analysedEntry({ changedFiles: 1 })))];
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
    for (const { spoken, label } of nodes) expect(spoken ?? label).not.toMatch(/undefined|null|\$\(/);
  });

  it("counts what waits for a person", () => {
    expect(attentionOf(analysedEntry())).toEqual({ review: 4, errors: 2 });
    expect(attentionOf(newEntry({ overview: null }))).toEqual({ review: 0, errors: 0 });
  });
});
