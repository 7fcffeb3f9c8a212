import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import ts from "typescript";

/** One breach of the rules of direction: the file, and what it did. */
export interface Breach {
  readonly file: string;
  readonly what: string;
}

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

interface Rule {
  /** Layers of our own that may be imported, and whether only as types. */
  readonly layers: Readonly<Record<string, "values" | "types">>;
  /** Whether packages, Node's modules and vscode may be imported; a list names the only packages that may. */
  readonly packages: boolean | readonly string[];
  readonly node: boolean;
  readonly vscode: boolean;
}

const rules: Readonly<Record<string, Rule>> = {
  core: { layers: {}, packages: false, node: false, vscode: false },
  protocol: { layers: { core: "types" }, packages: ["vscode-jsonrpc"], node: false, vscode: false },
  engine: { layers: { core: "values", protocol: "values" }, packages: true, node: true, vscode: false },
  cli: { layers: { core: "values", protocol: "values", engine: "values" }, packages: true, node: true, vscode: false },
  host: { layers: { core: "values", protocol: "values" }, packages: true, node: true, vscode: true },
  webview: { layers: { core: "values", protocol: "values" }, packages: true, node: false, vscode: false },
  build: { layers: {}, packages: true, node: true, vscode: false },
};

const stageFolders = new Set(["discover", "decode", "encode", "score", "cluster", "decide", "write", "tune", "rewrite"]);
const stageNeighbours = new Set(["env.ts", "store"]);
const bannedInCore = /^(console|fetch|process|setTimeout|setInterval|performance|globalThis)$/;

/** Breaches in one source text that lies at `file` (below the checkout, forward slashes). */
export function findBreaches(file: string, text: string): Breach[] {
  const layer = layerOf(file);
  const rule = layer === undefined ? undefined : rules[layer];
  if (layer === undefined || rule === undefined) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const breaches: Breach[] = [];
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found !== undefined) breaches.push(...judgeImport(file, layer, rule, found).map((what) => ({ file, what })));
    if (layer === "core") breaches.push(...judgeEffect(node).map((what) => ({ file, what })));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return breaches;
}

/** Breaches in every source of the checkout whose root is given. */
export async function findAllBreaches(root: string): Promise<Breach[]> {
  const breaches: Breach[] = [];
  for await (const file of glob("{src,webview}/**/*.ts", { cwd: root })) {
    breaches.push(...findBreaches(file.replaceAll("\\", "/"), readFileSync(join(root, file), "utf8")));
  }
  return breaches;
}

function layerOf(file: string): string | undefined {
  const parts = file.split("/");
  return parts[0] === "src" ? parts[1] : parts[0] === "webview" ? "webview" : undefined;
}

function importOf(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, typeOnly: true };
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return { specifier: literalText(node.moduleReference.expression), typeOnly: node.isTypeOnly };
  }
  if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === "require")) {
    return { specifier: literalText(node.arguments[0]), typeOnly: false };
  }
  return undefined;
}

function literalText(node: ts.Node | undefined): string {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : "(computed)";
}

function judgeImport(file: string, layer: string, rule: Rule, { specifier, typeOnly }: Import): string[] {
  if (specifier === "(computed)") return rule.packages === true ? [] : ["imports by a computed name"];
  if (specifier === "vscode") return rule.vscode ? [] : ["imports vscode"];
  if (specifier.startsWith("node:")) return rule.node ? [] : [`imports ${specifier}`];
  if (specifier === "onnxruntime-node" && file !== "src/engine/encode/session.ts") return ["imports onnxruntime-node outside session.ts"];
  if (specifier === "@huggingface/transformers" && file !== "src/engine/rewrite/captionModel.ts")
    return ["imports transformers.js outside captionModel.ts"];
  if (specifier === "@vscode/webview-ui-toolkit" && file !== "webview/toolkit.ts") return ["imports the toolkit outside toolkit.ts"];
  if (!specifier.startsWith(".")) {
    const allowed = typeof rule.packages === "boolean" ? rule.packages : rule.packages.includes(specifier);
    return allowed ? [] : [`imports the package ${specifier}`];
  }
  const target = normalize(join(dirname(file), specifier)).replaceAll("\\", "/");
  return [...judgeLayer(layer, rule, target, typeOnly), ...judgeStage(file, target)];
}

function judgeLayer(layer: string, rule: Rule, target: string, typeOnly: boolean): string[] {
  const targetLayer = layerOf(target);
  if (targetLayer === layer) return [];
  if (targetLayer === undefined) return target === "package.json" ? [] : [`imports ${target}, which is no layer`];
  const allowed = rule.layers[targetLayer];
  if (allowed === undefined) return [`${layer} imports ${targetLayer}`];
  return allowed === "types" && !typeOnly ? [`${layer} imports values of ${targetLayer}`] : [];
}

function judgeStage(file: string, target: string): string[] {
  const from = relative("src/engine", file).split("/");
  const to = relative("src/engine", target).split("/");
  if (!stageFolders.has(from[0] ?? "") || from.length < 2 || to[0] === ".." || to[0] === from[0]) return [];
  return stageNeighbours.has(to[0] ?? "") ? [] : [`stage ${from[0] ?? ""} imports ${to.join("/")}`];
}

function judgeEffect(node: ts.Node): string[] {
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText();
    if (text === "Math.random" || text === "Date.now" || text === "crypto.randomUUID") return [`uses ${text}`];
  }
  if (ts.isNewExpression(node) && node.expression.getText() === "Date" && (node.arguments?.length ?? 0) === 0) return ["reads the clock"];
  if (ts.isIdentifier(node) && bannedInCore.test(node.text) && isFreeIdentifier(node)) return [`uses ${node.text}`];
  return [];
}

function isFreeIdentifier(node: ts.Identifier): boolean {
  const parent = node.parent;
  const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
  const isName =
    (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent)) && parent.name === node;
  return !isMember && !isName;
}
