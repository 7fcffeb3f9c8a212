import { existsSync } from "node:fs";
import { join } from "node:path";

/** What the checks look at of package.json; everything else is VS Code's business. */
export interface Manifest {
  readonly name: string;
  readonly publisher: string;
  readonly main: string;
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly extensionKind: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: string | boolean;
      readonly description: string;
      readonly restrictedConfigurations: readonly string[];
    };
    readonly virtualWorkspaces: { readonly supported: boolean; readonly description: string };
  };
  readonly contributes: {
    readonly commands: readonly Contributed[];
    readonly menus: Readonly<Record<string, readonly Contributed[]>>;
    readonly keybindings: readonly (Contributed & { readonly key: string })[];
    readonly viewsContainers: { readonly activitybar: readonly { readonly id: string; readonly icon: string }[] };
    readonly views: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string; readonly when: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
    readonly languageModelTools: readonly {
      readonly name: string;
      readonly modelDescription: string;
      readonly inputSchema: unknown;
    }[];
    readonly walkthroughs: readonly { readonly id: string; readonly icon: string; readonly steps: readonly Step[] }[];
  };
}

interface Contributed {
  readonly command: string;
  readonly title?: string;
  readonly category?: string;
  readonly icon?: string;
  readonly when?: string;
  readonly enablement?: string;
  readonly group?: string;
}

interface Setting {
  readonly type: string;
  readonly default: unknown;
  readonly scope?: string;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
  readonly markdownDescription?: string;
}

interface Step {
  readonly id: string;
  readonly description: string;
  readonly media: { readonly svg: string; readonly altText: string };
  readonly completionEvents: readonly string[];
}

/** What the code says of itself. */
export interface Code {
  /** The commands that have a handler. */
  readonly commands: readonly string[];
  /** The defaults of the settings that have a reader. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The context keys that are set. */
  readonly contextKeys: readonly string[];
  /** The forms of language models' tools as JSON schemas, by their names. */
  readonly tools: Readonly<Record<string, unknown>>;
  readonly views: readonly string[];
  readonly panels: readonly string[];
  /** What the side bar's nodes have as `viewItem`. */
  readonly viewItems: readonly string[];
  readonly codicons: ReadonlySet<string>;
  /** The checkout. */
  readonly root: string;
}

/** Keys that VS Code sets. */
const editorKeys: ReadonlySet<string> = new Set([
  "isWorkspaceTrusted",
  "workbenchState",
  "view",
  "viewItem",
  "focusedView",
  "inputFocus",
  "activeWebviewPanelId",
  "explorerResourceIsFolder",
  "resourceScheme",
]);

/** Commands of VS Code's own that we name. */
const editorCommands: ReadonlySet<string> = new Set(["vscode.openFolder", "workbench.trust.manage", "workbench.action.openWalkthrough"]);

/** Settings that name what is executed or written: no workspace may choose them. */
const machineSettings = [
  "winnow.encoder.hub",
  "winnow.engine.nodePath",
  "winnow.engine.packageIndex",
  "winnow.cache.folder",
  "winnow.cache.limitGb",
  "winnow.data.folder",
];

/** Everything in which package.json and the code don't agree, a sentence each. */
export function findFaults(manifest: Manifest, code: Code): string[] {
  return [
    ...commandFaults(manifest, code),
    ...referenceFaults(manifest),
    ...settingFaults(manifest, code),
    ...clauseFaults(manifest, code),
    ...toolFaults(manifest, code),
    ...viewFaults(manifest, code),
    ...fileFaults(manifest, code),
    ...trustFaults(manifest),
  ];
}

function commandFaults({ contributes: { commands } }: Manifest, code: Code): string[] {
  const declared = commands.map(({ command }) => command);
  return [
    ...differences("command", declared, code.commands),
    ...declared.filter((id, at) => declared.indexOf(id) !== at).map((id) => `The command ${id} is declared twice`),
    ...commands.flatMap(({ command, category, title, icon }) => [
      ...(category === "Winnow" ? [] : [`The command ${command} has no category`]),
      ...(/^winnow\.[a-z][A-Za-z]*$/.test(command) ? [] : [`The command ${command} is not named by a verb and a noun`]),
      ...(title !== undefined && /^[A-Z]/.test(title) && !title.includes("Winnow") ? [] : [`The command ${command} has no proper title`]),
      ...(icon === undefined || code.codicons.has(/^\$\((.+)\)$/.exec(icon)?.[1] ?? "")
        ? []
        : [`The command ${command} has the unknown icon ${icon}`]),
    ]),
  ];
}

/** Every command that is named somewhere is there. */
function referenceFaults({ contributes }: Manifest): string[] {
  const { commands, menus, keybindings, viewsWelcome, walkthroughs } = contributes;
  const known = new Set([...commands.map(({ command }) => command), ...editorCommands]);
  const steps = walkthroughs.flatMap((walkthrough) => walkthrough.steps);
  const named: (readonly [where: string, command: string])[] = [
    ...Object.entries(menus).flatMap(([menu, items]) => items.map(({ command }) => [`the menu ${menu}`, command] as const)),
    ...keybindings.map(({ command, key }) => [`the key ${key}`, command] as const),
    ...viewsWelcome.flatMap(({ contents }) => linksIn(contents).map((command) => ["a welcome text", command] as const)),
    ...steps.flatMap(({ id, description }) => linksIn(description).map((command) => [`the step ${id}`, command] as const)),
    ...steps.flatMap(({ id, completionEvents }) =>
      completionEvents.map((event) => [`the end of step ${id}`, event.replace(/^onCommand:/, "")] as const),
    ),
  ];
  const inMenus = [...Object.values(menus).flat(), ...keybindings];
  return [
    ...named
      .filter(([, command]) => !known.has(command))
      .map(([where, command]) => `There is no command ${command}, which is named by ${where}`),
    ...inMenus
      .filter(({ when }) => when === undefined)
      .map(({ command }) => `The command ${command} is in a menu or on a key without a condition`),
    ...Object.entries(menus).flatMap(([menu, items]) =>
      items
        .filter(({ group }) => menu !== "commandPalette" && group === undefined)
        .map(({ command }) => `The command ${command} has no group in ${menu}`),
    ),
  ];
}

function settingFaults({ contributes: { configuration } }: Manifest, code: Code): string[] {
  const settings = Object.entries(configuration.properties);
  return [
    ...differences("setting", Object.keys(configuration.properties), Object.keys(code.settings)),
    ...settings
      .filter(([key, { default: declared }]) => key in code.settings && JSON.stringify(declared) !== JSON.stringify(code.settings[key]))
      .map(
        ([key, { default: declared }]) =>
          `The default of ${key} is ${JSON.stringify(declared)} in package.json but ${JSON.stringify(code.settings[key])} in the code`,
      ),
    ...settings.flatMap(([key, setting]) => [
      ...(/^winnow\.[a-z]+\.[a-zA-Z]+$/.test(key) ? [] : [`The setting ${key} is not named by its subject and its name`]),
      ...((setting.markdownDescription ?? "").endsWith(".") ? [] : [`The setting ${key} has no description`]),
      ...(setting.scope === undefined ? [`The setting ${key} has no scope`] : []),
      ...(setting.enum !== undefined && setting.enum.length !== setting.enumDescriptions?.length
        ? [`The setting ${key} does not describe each of its values`]
        : []),
      ...(setting.enum !== undefined && !setting.enum.includes(String(setting.default))
        ? [`The default of ${key} is none of its values`]
        : []),
    ]),
  ];
}

/** Conditions ask only for keys that somebody sets, and every key that we set is asked for. */
function clauseFaults({ contributes }: Manifest, code: Code): string[] {
  const { commands, menus, keybindings, viewsWelcome } = contributes;
  const clauses = [...commands, ...Object.values(menus).flat(), ...keybindings, ...viewsWelcome].flatMap((item) => [
    ...(item.when === undefined ? [] : [item.when]),
    ...("enablement" in item && item.enablement !== undefined ? [item.enablement] : []),
  ]);
  const asked = new Set(clauses.flatMap(keysIn));
  const known = new Set([...editorKeys, ...code.contextKeys]);
  const items = clauses.flatMap(viewItemsIn);
  return [
    ...[...asked].filter((key) => !known.has(key)).map((key) => `Nobody sets the key ${key}, which a condition asks for`),
    ...code.contextKeys.filter((key) => !asked.has(key)).map((key) => `No condition asks for the key ${key}`),
    ...items
      .filter(({ fits }) => !code.viewItems.some(fits))
      .map(({ text }) => `No node of the side bar is ${text}, which a menu asks for`),
  ];
}

/** Tools are declared as the code reads their input. */
function toolFaults({ contributes: { languageModelTools } }: Manifest, { tools }: Code): string[] {
  const declared = languageModelTools.map(({ name }) => name);
  return [
    ...differences("tool", declared, Object.keys(tools)),
    ...languageModelTools
      .filter(({ name, inputSchema }) => name in tools && JSON.stringify(inputSchema) !== JSON.stringify(tools[name]))
      .map(({ name }) => `The tool ${name} declares another form than the code reads`),
    ...languageModelTools
      .filter(({ modelDescription }) => !modelDescription.endsWith("."))
      .map(({ name }) => `The tool ${name} has no description for models`),
  ];
}

function viewFaults({ contributes, activationEvents }: Manifest, code: Code): string[] {
  const views = Object.values(contributes.views).flat();
  const containers = contributes.viewsContainers.activitybar.map(({ id }) => id);
  const ids = views.map(({ id }) => id);
  const named = [...Object.values(contributes.menus).flat(), ...contributes.keybindings].flatMap(({ when }) =>
    [...(when ?? "").matchAll(/\b(?:view|focusedView) == '?([\w.]+)/g)].map((match) => match[1]!),
  );
  return [
    ...differences("view", ids, code.views),
    ...Object.keys(contributes.views)
      .filter((id) => !containers.includes(id))
      .map((id) => `There is no container ${id} for views`),
    ...[...named, ...contributes.viewsWelcome.map(({ view }) => view)]
      .filter((id) => !ids.includes(id))
      .map((id) => `There is no view ${id}`),
    ...differences(
      "panel",
      activationEvents.filter((event) => event.startsWith("onWebviewPanel:")).map((event) => event.slice(15)),
      code.panels,
    ),
    ...activationEvents
      .filter((event) => /^(onCommand|onView|\*|onStartupFinished)/.test(event))
      .map((event) => `The activation event ${event} comes by itself, or too often`),
  ];
}

function fileFaults({ icon, contributes }: Manifest, { root }: Code): string[] {
  const { viewsContainers, views, walkthroughs } = contributes;
  const files = [
    icon,
    ...viewsContainers.activitybar.map((container) => container.icon),
    ...Object.values(views)
      .flat()
      .map((view) => view.icon),
    ...walkthroughs.flatMap((walkthrough) => [walkthrough.icon, ...walkthrough.steps.map(({ media }) => media.svg)]),
  ];
  const mute = walkthroughs.flatMap(({ steps }) => steps).filter(({ media }) => media.altText === "");
  return [
    ...files.filter((file) => !existsSync(join(root, file))).map((file) => `The picture ${file} is missing`),
    ...mute.map(({ id }) => `The picture of step ${id} has no text for those who don't see it`),
  ];
}

function trustFaults({ capabilities, extensionKind, contributes }: Manifest): string[] {
  const { untrustedWorkspaces, virtualWorkspaces } = capabilities;
  const { properties } = contributes.configuration;
  const restricted = untrustedWorkspaces.restrictedConfigurations;
  return [
    ...(untrustedWorkspaces.supported === "limited" && untrustedWorkspaces.description !== ""
      ? []
      : ["It is not said what works in an untrusted workspace"]),
    ...(!virtualWorkspaces.supported && virtualWorkspaces.description !== ""
      ? []
      : ["It is not said why virtual workspaces can't be supported"]),
    ...(extensionKind.length === 1 && extensionKind[0] === "workspace" ? [] : ["The extension does not run where the data is"]),
    ...restricted.filter((key) => !(key in properties)).map((key) => `There is no setting ${key} that trust could restrict`),
    ...machineSettings.filter((key) => properties[key]?.scope !== "machine").map((key) => `A workspace may choose ${key}`),
    ...machineSettings.filter((key) => !restricted.includes(key)).map((key) => `An untrusted workspace may choose ${key}`),
  ];
}

function differences(what: string, declared: readonly string[], coded: readonly string[]): string[] {
  return [
    ...declared.filter((id) => !coded.includes(id)).map((id) => `The ${what} ${id} is in package.json but not in the code`),
    ...coded.filter((id) => !declared.includes(id)).map((id) => `The ${what} ${id} is in the code but not in package.json`),
  ];
}

/** The commands that a text links to. */
function linksIn(text: string): string[] {
  return [...text.matchAll(/\(command:([\w.-]+)/g)].map((match) => match[1]!);
}

/** The keys that a condition asks for. */
export function keysIn(clause: string): string[] {
  const withoutValues = clause.replaceAll(/=~ \/(?:[^/\\]|\\.)+\/\w*/g, " ").replaceAll(/(==|!=) ?('[^']*'|[\w.]+)/g, " ");
  return [...withoutValues.matchAll(/[A-Za-z][\w.:]*/g)].map(([key]) => key).filter((key) => key !== "true" && key !== "false");
}

/** What a condition says of `viewItem`. */
function viewItemsIn(clause: string): { readonly text: string; readonly fits: (item: string) => boolean }[] {
  const equal = [...clause.matchAll(/viewItem == (\w+)/g)].map((match) => ({ text: match[1]!, fits: (item: string) => item === match[1] }));
  const matching = [...clause.matchAll(/viewItem =~ \/((?:[^/\\]|\\.)+)\//g)].map((match) => ({
    text: match[0],
    fits: (item: string) => new RegExp(match[1]!).test(item),
  }));
  return [...equal, ...matching];
}
