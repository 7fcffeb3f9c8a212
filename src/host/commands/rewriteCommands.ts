import { defaultAcceptRule } from "../../core/rewriters/accept.ts";
import type { Destination } from "../../protocol/panelApi.ts";
import type { RewriteStrategy } from "../../protocol/rewrites.ts";
import type { DatasetEntry } from "../datasets.ts";
import { askForAddress, askForKey } from "../rewrite/askForServer.ts";
import { keyForgotten, keyKept, rewritesAccepted } from "../rewrite/rewriteMessages.ts";
import { originOf } from "../rewrite/serverKeys.ts";
import type { CommandParts, Handler, Handlers } from "./handlers.ts";
import { rewriteCaptions } from "./rewriteCaptions.ts";
import { showWork } from "./showWork.ts";
import { findDataset } from "./target.ts";

/** Commands that write captions anew, or have a person do it in the panel. */
export function rewriteCommands(
  parts: CommandParts,
): Handlers<
  | "winnow.rewriteCaptions"
  | "winnow.reviewRewrites"
  | "winnow.acceptRewrites"
  | "winnow.editCaptions"
  | "winnow.describeBlind"
  | "winnow.setRewriteKey"
  | "winnow.forgetRewriteKey"
> {
  const openAt =
    (destination: Destination): Handler =>
    async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      if (entry !== undefined) parts.panels.open(entry.root, destination);
    };
  return {
    "winnow.rewriteCaptions": async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      if (entry !== undefined) await rewriteCaptions(parts, entry, argument);
    },
    "winnow.reviewRewrites": openAt({ view: "rewrites" }),
    "winnow.acceptRewrites": async (argument) => {
      const entry = await findDataset(parts, argument, "analysed");
      if (entry !== undefined) await acceptByRule(parts, entry, strategyOf(argument));
    },
    "winnow.editCaptions": openAt({ view: "edits" }),
    "winnow.describeBlind": openAt({ view: "worksheet" }),
    "winnow.setRewriteKey": async () => {
      const url = await findServer(parts);
      if (url !== undefined && (await askForKey(parts.keys, url)) && (await parts.keys.find(url)) !== undefined)
        parts.notices.tell(keyKept(originOf(url) ?? url));
    },
    "winnow.forgetRewriteKey": async () => {
      const url = await findServer(parts);
      if (url === undefined) return;
      await parts.keys.forget(url);
      parts.notices.tell(keyForgotten(originOf(url) ?? url));
    },
  };
}

async function acceptByRule(
  { engine, datasets, notices, log }: CommandParts,
  entry: DatasetEntry,
  strategy: RewriteStrategy,
): Promise<void> {
  const { root, name } = entry;
  const request = { root, choice: { kind: "rule", rule: defaultAcceptRule }, strategy } as const;
  const accepted = await showWork({ title: `Accepting rewrites of ${name}`, noun: "captions" }, (watch) =>
    engine.store.call("acceptRewrites", request, watch),
  );
  for (const { sample, reason } of accepted.left) log.warn(`A rewrite of ${sample} in ${root} was left: ${reason}`);
  await datasets.refresh(root);
  notices.tell(rewritesAccepted(entry, accepted));
}

/** As the message of a finished job hands it over; from the palette there is none. */
function strategyOf(argument: unknown): RewriteStrategy {
  return typeof argument === "object" && argument !== null && "strategy" in argument && argument.strategy === "add" ? "add" : "replace";
}

/** The server of the settings, else one that the person names. */
async function findServer({ settings }: CommandParts): Promise<string | undefined> {
  const url = settings.read("winnow.rewrite.url");
  return originOf(url) === undefined ? await askForAddress(url) : url;
}
