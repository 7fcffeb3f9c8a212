import { textOption } from "../../prune/options.ts";
import type { CaptionOperation, EditContext } from "./operation.ts";

/** A caption from what is known of its picture: its folder, its file's name, the other columns of its row. */
export const template: CaptionOperation = {
  id: "template",
  title: "Template",
  about: "writes each caption anew from a template, such as: {caption}, {folderName}",
  unit: "caption",
  options: {
    template: {
      kind: "text",
      about:
        "the new caption: {caption}, {folder}, {folderName}, {fileName} or {a column of the row}; {{ is a brace. Where one is not known the caption stays",
    },
  },
  needs: (options) => (namesOf(textOption(options, "template") ?? "").some((name) => !Object.hasOwn(known, name)) ? ["columns"] : []),
  prepare: (options) => {
    const wanted = textOption(options, "template") ?? "";
    if (wanted.trim() === "") return "Expected a template but received none";
    return { edit: (text, context) => fill(wanted, text, context) ?? text };
  },
};

const placeholder = /\{\{|\}\}|\{([^{}]+)\}/g;

type Source = (text: string, context: EditContext) => string;

const known: Readonly<Record<string, Source>> = {
  caption: (text) => text,
  folder: (_, { folder }) => folder,
  folderName: (_, { folder }) => folder.slice(folder.lastIndexOf("/") + 1),
  fileName: (_, { fileName }) => fileName,
};

function namesOf(wanted: string): string[] {
  return Array.from(wanted.matchAll(placeholder), ([, name]) => name).filter((name) => name !== undefined);
}

/** Undefined where the caption's row lacks a value. */
function fill(wanted: string, text: string, context: EditContext): string | undefined {
  let isWhole = true;
  const filled = wanted.replaceAll(placeholder, (found, name: string | undefined) => {
    if (name === undefined) return found.charAt(0);
    const value = Object.hasOwn(known, name)
      ? known[name]!(text, context)
      : Object.hasOwn(context.columns, name)
        ? context.columns[name]
        : undefined;
    isWhole &&= value !== undefined;
    return value ?? "";
  });
  return isWhole ? filled : undefined;
}
