import {
  AutoModelForImageTextToText,
  AutoModelForVision2Seq,
  AutoProcessor,
  AutoTokenizer,
  env as library,
  RawImage,
  type Message,
  type PreTrainedModel,
  type PreTrainedTokenizer,
  type Tensor,
} from "@huggingface/transformers";
import sharp from "sharp";
import type { PictureDetail } from "../../core/rewriters/prompt.ts";
import type { CaptionerModel, CaptionerQuestion } from "../../protocol/captioner.ts";

/** A picture can't be decoded; the message is a sentence for people. */
export class PictureError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PictureError";
  }
}

/** A captioner that is loaded. The likeliest word is taken each time: equal questions have equal answers. */
export interface CaptionModel {
  answer(question: CaptionerQuestion): Promise<string>;
}

/** Florence-2's own words for how much is said. */
const taskTokens: Readonly<Record<PictureDetail, string>> = {
  short: "<CAPTION>",
  detailed: "<DETAILED_CAPTION>",
  full: "<MORE_DETAILED_CAPTION>",
};

/** What the library's processors make for `generate`; those of pictures and texts differ in how they are called. */
type Inputs = Readonly<Record<string, unknown>>;
type Processor = (...parts: readonly unknown[]) => Promise<Inputs>;

interface Loaded {
  readonly model: PreTrainedModel;
  readonly processor: Processor;
  readonly tokenizer: PreTrainedTokenizer;
}

/** Loads a captioner from its folder, on the CPU with so many threads (the runtime's own number where nothing is said). Nothing is fetched and nothing written. */
export async function openCaptionModel(asked: CaptionerModel, threads: number | undefined): Promise<CaptionModel> {
  keepToFiles();
  const { folder, asking } = asked;
  const options = {
    dtype: asked.dtypes as Record<string, "fp32">,
    device: "cpu",
    session_options: threads === undefined ? {} : { intraOpNumThreads: threads },
  } as const;
  const kind = asking === "picture" ? AutoModelForVision2Seq : AutoModelForImageTextToText;
  // One after the other: what is wrong with a folder is then told the same each time.
  const processor = (await AutoProcessor.from_pretrained(folder)) as unknown as Processor;
  const tokenizer = await AutoTokenizer.from_pretrained(folder);
  const loaded: Loaded = { processor, tokenizer, model: await kind.from_pretrained(folder, options) };
  return { answer: async (question) => await generate(loaded, question, await inputsOf(loaded, asked, question)) };
}

/** The library would look for what it misses in the net, and keep copies beside its own code. */
function keepToFiles(): void {
  library.allowRemoteModels = false;
  library.useFSCache = false;
  library.useWasmCache = false;
  library.logLevel = 50; // nothing: what goes wrong is thrown
}

async function inputsOf({ processor, tokenizer }: Loaded, asked: CaptionerModel, question: CaptionerQuestion): Promise<Inputs> {
  const image = question.picture === null ? undefined : await decode(question.picture);
  switch (asked.asking) {
    case "picture":
      return { inputs: (await processor(image))["pixel_values"] };
    case "task":
      return await processor(image, taskTokens[question.detail ?? "full"]);
    case "chat": {
      const content = [...(image === undefined ? [] : [{ type: "image" }]), { type: "text", text: question.text }];
      const template = asked.chatTemplate === null ? {} : { chat_template: asked.chatTemplate };
      // The library's type knows texts alone; its templates get what they are given.
      const chat = [{ role: "user", content }] as unknown as Message[];
      const text = tokenizer.apply_chat_template(chat, { tokenize: false, add_generation_prompt: true, ...template });
      return image === undefined ? tokenizer(text, { add_special_tokens: false }) : await processor(text, [image]);
    }
  }
}

async function decode(bytes: Uint8Array): Promise<RawImage> {
  try {
    const picture = sharp(bytes).removeAlpha().toColourspace("srgb").raw();
    const { data, info } = await picture.toBuffer({ resolveWithObject: true });
    return new RawImage(new Uint8ClampedArray(data.buffer, data.byteOffset, data.length), info.width, info.height, 3);
  } catch (error) {
    throw new PictureError(`The picture can't be decoded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function generate({ model, tokenizer }: Loaded, { answerTokens }: CaptionerQuestion, inputs: Inputs): Promise<string> {
  const settings = { do_sample: false, num_beams: 1, max_new_tokens: answerTokens };
  const tokens = (await model.generate({ ...inputs, ...settings })) as Tensor;
  // A decoder alone gives the prompt back before its answer.
  const isEncoderDecoder = (model.config as { readonly is_encoder_decoder?: boolean }).is_encoder_decoder === true;
  const prompt = isEncoderDecoder ? 0 : (inputs["input_ids"] as Tensor).dims.at(-1)!;
  const [text = ""] = tokenizer.batch_decode(tokens.slice(null, [prompt, tokens.dims.at(-1)!]), { skip_special_tokens: true });
  return text.trim();
}
