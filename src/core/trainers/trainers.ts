import { aiToolkit } from "./readers/aiToolkit.ts";
import { imagefolder } from "./readers/imagefolder.ts";
import { kohya } from "./readers/kohya.ts";
import { oneTrainer } from "./readers/oneTrainer.ts";
import { openClip } from "./readers/openClip.ts";
import { simpleTuner } from "./readers/simpleTuner.ts";
import { webdataset } from "./readers/webdataset.ts";
import type { Trainer } from "./trainer.ts";

/** The trainers and loaders whose reading of a folder is known. A new one is one file and one line here. */
export const trainers: readonly Trainer[] = [kohya, aiToolkit, simpleTuner, oneTrainer, openClip, webdataset, imagefolder];
