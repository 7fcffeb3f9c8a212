import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { commandIds } from "../../src/host/commandIds.ts";
import { contextOf } from "../../src/host/contextKeys.ts";
import { readers } from "../../src/host/settings.ts";
import { tools } from "../../src/host/tools/tools.ts";
import { datasetNode } from "../../src/host/tree/datasetNode.ts";
import type { TreeNode } from "../../src/host/tree/treeNode.ts";
import { taskType } from "../../src/host/tune/taskDefinition.ts";
import { datasetsViewId } from "../../src/host/viewIds.ts";
import { analysedEntry, newEntry, overviewOf, tuneRunOf } from "../unit/host/entries.ts";
import { type Code, findFaults, keysIn, type Manifest } from "./manifest.ts";
import { taskProperties } from "./taskProperties.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest: Manifest = packageJson;
const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");

/** Datasets in the states that the side bar tells apart. */
const done = tuneRunOf({ id: "done", state: "done", tuned: "/data/.winnow/runs/done/built-in-infoNce" });
const ended = tuneRunOf({ id: "ended", state: "done" });
const tuneRuns = [tuneRunOf(), done, ended, tuneRunOf({ id: "stopped", state: "stopped" })];
const nodes = [
  newEntry(),
  analysedEntry({ changedFiles: 1, overview: overviewOf({ tuneRuns }) }),
  analysedEntry({ run: { progress: [], etaSeconds: null } }),
]
  .map((entry) => datasetNode(entry, { nowMs: 0, isOpen: true }))
  .flatMap((node) => [...walk(node)]);

const code: Code = {
  commands: commandIds,
  settings: Object.fromEntries(Object.entries(readers).map(([key, { otherwise }]) => [key, otherwise])),
  contextKeys: Object.keys(contextOf([], { isSearching: false, isListed: false })),
  tools: Object.fromEntries(tools.map(({ name, form }) => [name, schemaOf(form)])),
  views: [datasetsViewId],
  // Its file needs VS Code to be loaded.
  panels: [...read("src/host/panel/panels.ts").matchAll(/panelType = "([\w.]+)"/g)].map((match) => match[1]!),
  viewItems: nodes.flatMap(({ context }) => context ?? []),
  codicons: new Set(
    [...read("node_modules/@vscode/codicons/dist/codicon.css").matchAll(/\.codicon-([\w-]+):before/g)].map((match) => match[1]!),
  ),
  root,
};

/** The JSON schema of a form without the line that names the standard. */
function schemaOf(form: z.ZodObject): unknown {
  return Object.fromEntries(Object.entries(z.toJSONSchema(form, { io: "input" })).filter(([key]) => key !== "$schema"));
}

function* walk(node: TreeNode): Iterable<TreeNode> {
  yield node;
  for (const child of Array.isArray(node.children) ? (node.children as readonly TreeNode[]) : []) yield* walk(child);
}

/** JSON that is about to be broken. */
interface Loose {
  [key: string]: Loose;
}

/** Each breaks package.json in one place. They stay here: a check that has not been seen to fire is not a check. */
const planted: readonly (readonly [fault: string, break_: (manifest: Loose) => void])[] = [
  [
    "The command winnow.newThing is in package.json but not in the code",
    (broken) => add(broken, "contributes.commands", { command: "winnow.newThing", title: "New", category: "Winnow" }),
  ],
  ["The command winnow.addDataset is in the code but not in package.json", (broken) => remove(broken, "contributes.commands", 0)],
  ["The command winnow.addDataset is declared twice", (broken) => add(broken, "contributes.commands", packageJson.contributes.commands[0])],
  ["The command winnow.addDataset has no category", (broken) => set(broken, "contributes.commands.0.category", undefined)],
  ["The command winnow.addDataset has no proper title", (broken) => set(broken, "contributes.commands.0.title", "Winnow: Add")],
  [
    "The command winnow.addDataset has the unknown icon $(plus-minus-times)",
    (broken) => set(broken, "contributes.commands.0.icon", "$(plus-minus-times)"),
  ],
  [
    "There is no command winnow.gone, which is named by the menu view/title",
    (broken) => set(broken, "contributes.menus.view/title.0.command", "winnow.gone"),
  ],
  [
    "There is no command winnow.gone, which is named by the key ctrl+z",
    (broken) => set(broken, "contributes.keybindings.0.command", "winnow.gone"),
  ],
  [
    "There is no command winnow.gone, which is named by a welcome text",
    (broken) => set(broken, "contributes.viewsWelcome.0.contents", "[Go](command:winnow.gone)"),
  ],
  [
    "There is no command winnow.gone, which is named by the step try",
    (broken) => set(broken, "contributes.walkthroughs.0.steps.0.description", "[Go](command:winnow.gone)"),
  ],
  [
    "There is no command winnow.gone, which is named by the end of step try",
    (broken) => set(broken, "contributes.walkthroughs.0.steps.0.completionEvents", ["onCommand:winnow.gone"]),
  ],
  [
    "The command winnow.undo is in a menu or on a key without a condition",
    (broken) => set(broken, "contributes.keybindings.0.when", undefined),
  ],
  ["The command winnow.addDataset has no group in view/title", (broken) => set(broken, "contributes.menus.view/title.0.group", undefined)],
  [
    "The setting winnow.new.thing is in package.json but not in the code",
    (broken) =>
      set(broken, "contributes.configuration.properties.winnow\\.new\\.thing", {
        type: "string",
        default: "",
        scope: "window",
        markdownDescription: "New.",
      }),
  ],
  [
    "The setting winnow.encoder.folder is in the code but not in package.json",
    (broken) => set(broken, "contributes.configuration.properties.winnow\\.encoder\\.folder", undefined),
  ],
  [
    'The default of winnow.engine.provider is "cpu" in package.json but "auto" in the code',
    (broken) => set(broken, "contributes.configuration.properties.winnow\\.engine\\.provider.default", "cpu"),
  ],
  [
    "The setting winnow.engine.provider does not describe each of its values",
    (broken) => remove(broken, "contributes.configuration.properties.winnow\\.engine\\.provider.enumDescriptions", 0),
  ],
  [
    "The setting winnow.encoder.folder has no description",
    (broken) => set(broken, "contributes.configuration.properties.winnow\\.encoder\\.folder.markdownDescription", undefined),
  ],
  [
    "The setting winnow.encoder.folder has no scope",
    (broken) => set(broken, "contributes.configuration.properties.winnow\\.encoder\\.folder.scope", undefined),
  ],
  [
    "Nobody sets the key winnow:panel, which a condition asks for",
    (broken) => set(broken, "contributes.keybindings.0.when", "winnow:panel"),
  ],
  [
    "Nobody sets the key panelVisible, which a condition asks for",
    (broken) => set(broken, "contributes.commands.0.enablement", "!panelVisible && view == x"),
  ],
  ["No condition asks for the key winnow:running", (broken) => replaceAll(broken, "winnow:running", "isWorkspaceTrusted")],
  [
    "No node of the side bar is fruit, which a menu asks for",
    (broken) => set(broken, "contributes.menus.view/item/context.0.when", "viewItem == fruit"),
  ],
  ["The tool winnow_score is in the code but not in package.json", (broken) => remove(broken, "contributes.languageModelTools", 0)],
  [
    "The tool winnow_score declares another form than the code reads",
    (broken) => set(broken, "contributes.languageModelTools.0.inputSchema.properties.limit.maximum", 1000),
  ],
  [
    "The tool winnow_score has no description for models",
    (broken) => set(broken, "contributes.languageModelTools.0.modelDescription", "Scores"),
  ],
  [
    "The view winnow.otherView is in package.json but not in the code",
    (broken) => set(broken, "contributes.views.winnow.0.id", "winnow.otherView"),
  ],
  ["There is no view winnow.goneView", (broken) => set(broken, "contributes.viewsWelcome.0.view", "winnow.goneView")],
  ["There is no container other for views", (broken) => set(broken, "contributes.views.other", [])],
  ["The panel winnow.panel is in the code but not in package.json", (broken) => set(broken, "activationEvents", [])],
  [
    "The activation event onStartupFinished comes by itself, or too often",
    (broken) => add(broken, "activationEvents", "onStartupFinished"),
  ],
  ["The picture media/icons/gone.png is missing", (broken) => set(broken, "icon", "media/icons/gone.png")],
  [
    "The picture media/walkthrough/gone.svg is missing",
    (broken) => set(broken, "contributes.walkthroughs.0.steps.0.media.svg", "media/walkthrough/gone.svg"),
  ],
  [
    "A workspace may choose winnow.engine.nodePath",
    (broken) => set(broken, "contributes.configuration.properties.winnow\\.engine\\.nodePath.scope", "window"),
  ],
  [
    "An untrusted workspace may choose winnow.engine.nodePath",
    (broken) => set(broken, "capabilities.untrustedWorkspaces.restrictedConfigurations", []),
  ],
  [
    "There is no setting winnow.gone that trust could restrict",
    (broken) => add(broken, "capabilities.untrustedWorkspaces.restrictedConfigurations", "winnow.gone"),
  ],
  ["It is not said what works in an untrusted workspace", (broken) => set(broken, "capabilities.untrustedWorkspaces.supported", true)],
  ["The extension does not run where the data is", (broken) => set(broken, "extensionKind", ["ui", "workspace"])],
];

function partsOf(path: string): string[] {
  return path.split(/(?<!\\)\./).map((part) => part.replaceAll("\\.", "."));
}

function at(broken: Loose, path: readonly string[]): Loose {
  return path.reduce((node, part) => node[part]!, broken);
}

function set(broken: Loose, path: string, value: unknown): void {
  const parts = partsOf(path);
  const parent = at(broken, parts.slice(0, -1)) as unknown as Record<string, unknown>;
  if (value === undefined) Reflect.deleteProperty(parent, parts.at(-1)!);
  else parent[parts.at(-1)!] = value;
}

function add(broken: Loose, path: string, value: unknown): void {
  (at(broken, partsOf(path)) as unknown as unknown[]).push(value);
}

function remove(broken: Loose, path: string, index: number): void {
  (at(broken, partsOf(path)) as unknown as unknown[]).splice(index, 1);
}

function replaceAll(broken: Loose, from: string, to: string): void {
  Object.assign(broken, JSON.parse(JSON.stringify(broken).replaceAll(from, to)));
}

describe("the manifest", () => {
  it("agrees with the code", () => {
    expect(findFaults(manifest, code)).toEqual([]);
  });

  it.each(planted)("would be caught: %s", (fault, plant) => {
    const broken = structuredClone(packageJson) as unknown as Loose;
    plant(broken);
    expect(findFaults(broken as unknown as Manifest, code)).toContain(fault);
  });

  it("would be caught to lack a default or a key that the code has", () => {
    expect(findFaults(manifest, { ...code, settings: { ...code.settings, "winnow.new.thing": 1 } })).toContain(
      "The setting winnow.new.thing is in the code but not in package.json",
    );
    expect(findFaults(manifest, { ...code, contextKeys: [...code.contextKeys, "winnow:new"] })).toContain(
      "No condition asks for the key winnow:new",
    );
    expect(findFaults(manifest, { ...code, viewItems: [] })).not.toEqual([]);
  });

  it("is told of in the documentation: every command of the palette, every setting with its default", () => {
    const text = read("media/docs/editor.md");
    const { commands, menus, configuration } = packageJson.contributes;
    const hidden = new Set(menus.commandPalette.filter(({ when }) => when === "false").map(({ command }) => command));
    for (const { command, title } of commands) if (!hidden.has(command)) expect(text).toContain(`| Winnow: ${title} |`);
    for (const [key, { default: value, markdownDescription }] of Object.entries(configuration.properties)) {
      const told =
        (typeof value === "string" || Array.isArray(value)) && value.length === 0
          ? "empty"
          : `\`${typeof value === "string" ? value : JSON.stringify(value).replaceAll(",", ", ")}\``;
      expect(text).toContain(`| \`${key}\` | ${told} | ${markdownDescription} |`);
    }
  });

  it("declares tasks as the trainers take them", () => {
    const [task, ...others] = packageJson.contributes.taskDefinitions;
    expect(task).toEqual({ type: taskType, required: ["trainer"], properties: taskProperties() });
    expect(others).toEqual([]);
  });

  it("has a picture for every node of the side bar", () => {
    const icons = nodes.flatMap(({ icon }) => icon?.id.replace("~spin", "") ?? []);
    expect(icons.filter((icon) => !code.codicons.has(icon))).toEqual([]);
    expect(icons.length).toBeGreaterThan(10);
  });

  it("is read with all of its keys and none of its values", () => {
    expect(keysIn("isWorkspaceTrusted && !winnow:a && viewItem =~ /\\bx y\\/z\\b/ && b == 'c d' && (e != f || g)")).toEqual([
      "isWorkspaceTrusted",
      "winnow:a",
      "viewItem",
      "b",
      "e",
      "g",
    ]);
  });

  it("starts the extension's bundle, where the data is, and is found by its picture", () => {
    expect(manifest.main).toBe("./dist/extension.cjs");
    const header = readFileSync(`${root}/${manifest.icon}`).subarray(0, 24);
    expect([header.readUInt32BE(16), header.readUInt32BE(20)]).toEqual([256, 256]);
  });
});
