import type { EncoderReport } from "../../protocol/computeApi.ts";
import { describeEncoder } from "./describeEncoder.ts";
import {
  bringEncoder,
  downloadItem,
  type EncoderItem,
  encoderItem,
  type EncoderListing,
  listEncoders,
  otherItems,
  pickEncoder,
  section,
} from "./encoderItems.ts";
import type { CommandParts } from "./handlers.ts";
import { useCompanion, useEncoder } from "./useEncoder.ts";

/** Lets a person choose the encoder for this workspace, and offers to analyse with it. */
export async function chooseEncoder(parts: CommandParts, argument: unknown): Promise<void> {
  const current = parts.settings.read("winnow.encoder.folder");
  const pick = await pickEncoder(listEncoders(parts), (listing) => encoderItems(listing, current), {
    title: "Choose Encoder",
    placeHolder: "Which model scores the pairs?",
  });
  if (pick === undefined) return;
  if (pick.kind === "graphs") {
    const described = await describeEncoder(parts);
    if (described !== undefined) await (described.isCompanion ? useCompanion : useEncoder)(parts, described.folder, argument);
    return;
  }
  const encoder = await bringEncoder(parts, pick);
  if (encoder !== undefined) await useEncoder(parts, encoder, argument);
}

function encoderItems({ present, downloadable }: EncoderListing, current: string): readonly EncoderItem[] {
  const isCurrent = ({ id, folder }: EncoderReport): boolean => id === current || folder === current;
  const dual = present.filter(({ imageOnly }) => !imageOnly);
  const used = dual.filter(isCurrent);
  const others = dual.filter((encoder) => !isCurrent(encoder));
  const elsewhere = current !== "" && used.length === 0 ? [folderItem(current)] : [];
  return [
    ...section("In use", [...used.map(encoderItem), ...elsewhere]),
    ...section("On this machine", others.map(encoderItem)),
    ...section("Can be downloaded", downloadable.filter(({ contextLength }) => contextLength !== null).map(downloadItem)),
    ...section("Something else", [
      ...otherItems,
      {
        label: "$(list-ordered) The one of the dataset's recipe, else the built-in one",
        detail: "Nothing is set for this workspace",
        pick: { kind: "set", value: "" },
      },
    ]),
  ];
}

/** One that is set and not in the cache. */
function folderItem(folder: string): EncoderItem {
  return { label: `$(folder) ${folder}`, description: "a folder of your own", pick: { kind: "set", value: folder } };
}
