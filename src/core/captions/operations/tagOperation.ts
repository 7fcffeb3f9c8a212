import type { Options, OptionTable } from "../../prune/options.ts";
import { textOption } from "../../prune/options.ts";
import { isTagList, joinTags, splitTags } from "../tags.ts";
import type { CaptionOperation, EditContext, PreparedEdit } from "./operation.ts";

/** What is done to one caption's tags: `edit` gives the same list where nothing is to change. `survey` sees those of all captions first. */
export interface TagEdit {
  readonly survey?: (tags: readonly string[]) => void;
  readonly edit: (tags: readonly string[]) => readonly string[];
}

/** An operation on tags, before it is told which captions are tags. */
export interface TagOperation extends Pick<CaptionOperation, "id" | "title" | "about" | "options"> {
  readonly prepare: (options: Options) => TagEdit | string;
}

const shared: OptionTable = {
  separator: { kind: "text", about: "what parts the tags", otherwise: "," },
  all: {
    kind: "flag",
    about: "all of these captions are tags; without it only those whose file or field says so, or that look like it (see isTagList)",
    otherwise: false,
  },
};

/** Makes an operation that leaves prose alone: a caption is only split where it is tags by `isTagList`, by where it lies, or by a person's word. */
export function tagOperation({ options, prepare, ...named }: TagOperation): CaptionOperation {
  return {
    ...named,
    unit: "caption",
    options: { ...options, ...shared },
    prepare: (given): PreparedEdit | string => {
      const separator = textOption(given, "separator") ?? "";
      if (separator === "") return "Expected a separator of tags but received none";
      const prepared = prepare(given);
      if (typeof prepared === "string") return prepared;
      const tagsOf = (text: string, { isDeclaredTags }: EditContext): string[] | undefined =>
        given["all"] === true || isDeclaredTags || isTagList(text, separator) ? splitTags(text, separator) : undefined;
      const { survey, edit } = prepared;
      return {
        ...(survey === undefined ? {} : { survey: (text, context) => survey(tagsOf(text, context) ?? []) }),
        edit: (text, context) => {
          const tags = tagsOf(text, context);
          if (tags === undefined) return text;
          const changed = edit(tags);
          return changed.length === tags.length && changed.every((tag, at) => tag === tags[at]) ? text : joinTags(changed, text, separator);
        },
      };
    },
  };
}
