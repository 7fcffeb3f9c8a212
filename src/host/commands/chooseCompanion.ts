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
import { useCompanion } from "./useEncoder.ts";

/** Lets a person choose the encoder that gives a second opinion on near-duplicates, or none, and offers to analyse with it. */
export async function chooseCompanion(parts: CommandParts, argument: unknown): Promise<void> {
  const encoder = parts.settings.read("winnow.encoder.folder");
  const current = parts.settings.read("winnow.encoder.companion");
  const pick = await pickEncoder(listEncoders(parts), (listing) => companionItems(listing, { encoder, current }), {
    title: "Choose Companion Encoder",
    placeHolder: "Which model looks for near-duplicates beside the encoder?",
  });
  if (pick === undefined) return;
  const companion = pick.kind === "graphs" ? (await describeEncoder(parts))?.folder : await bringEncoder(parts, pick);
  if (companion !== undefined) await useCompanion(parts, companion, argument);
}

function companionItems(
  { present, downloadable }: EncoderListing,
  { encoder, current }: { readonly encoder: string; readonly current: string },
): readonly EncoderItem[] {
  const isNamed = (name: string) => (one: EncoderReport) => one.id === name || one.folder === name;
  const [isEncoder, isCurrent] = [isNamed(encoder), isNamed(current)];
  // Imported vectors have no encoder that could see pictures.
  const possible = present.filter((one) => !isEncoder(one) && (one.imageOnly || one.contextLength !== null));
  const others = possible.filter((one) => !isCurrent(one));
  return [
    ...section("In use", possible.filter(isCurrent).map(encoderItem)),
    ...section("No second opinion", [
      {
        label: "$(circle-slash) None",
        description: current === "none" ? "in use" : "",
        detail: "The encoder alone looks for near-duplicates, whatever the recipe says",
        pick: { kind: "set", value: "none" },
      },
    ]),
    ...section("On this machine, for pictures alone", others.filter(({ imageOnly }) => imageOnly).map(encoderItem)),
    ...section("Other encoders on this machine", others.filter(({ imageOnly }) => !imageOnly).map(encoderItem)),
    ...section("Can be downloaded", downloadable.filter(({ contextLength }) => contextLength === null).map(downloadItem)),
    ...section("Something else", [
      ...otherItems,
      {
        label: "$(list-ordered) The one of the dataset's recipe, where it names one",
        detail: "Nothing is set for this workspace",
        pick: { kind: "set", value: "" },
      },
    ]),
  ];
}
