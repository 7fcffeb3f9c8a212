import type { CaptionerAsking } from "../core/captioners.ts";
import type { PictureDetail } from "../core/rewriters/prompt.ts";

/** A captioner to run: its absolute folder, the precision of each graph (as transformers.js calls it), and the template of its chat, where it has one. */
export interface CaptionerModel {
  readonly folder: string;
  readonly asking: CaptionerAsking;
  readonly dtypes: Readonly<Record<string, string>>;
  readonly chatTemplate: string | null;
}

/** What a captioner is asked: `text` for one that chats, `detail` for one that has task tokens, with the picture as a file's bytes. */
export interface CaptionerQuestion {
  readonly text: string;
  readonly detail: PictureDetail | null;
  readonly picture: Uint8Array | null;
  readonly answerTokens: number;
}

/** What a captioner's process answers, one question after the other. */
export interface CaptionerApi {
  /** Comes first. Rejects where the files can't be loaded. */
  load: { params: CaptionerModel; result: null };
  /** Rejects with a `PictureError` where the picture can't be decoded. */
  answer: { params: CaptionerQuestion; result: { readonly text: string } };
}
