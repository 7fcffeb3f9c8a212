import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

/** A stand-in for sd-scripts and the Python that has them: what a job is told to name, and how the next run of it goes. */
export interface FakeKohya {
  readonly python: string;
  readonly trainerFolder: string;
  /** Lets it wait behind the sample pictures of its first epoch, until it is let go. */
  hold(): Promise<void>;
  letGo(): Promise<void>;
  /** Lets it end with these words at its first step; with none, it trains again. */
  failWith(words: string | undefined): Promise<void>;
}

/**
 * Writes the stand-in into a folder: a program for this test's own Node that answers our look at a Python, and trains as sd-scripts do as far as that shows from outside: the bar of steps on its
 * error output, sample pictures (the given ones in turn) and a state an epoch.
 */
export async function writeFakeKohya(folder: string, pictures: readonly string[]): Promise<FakeKohya> {
  const trainerFolder = join(folder, "sd-scripts");
  const python = join(folder, "python");
  await mkdir(join(trainerFolder, "pictures"), { recursive: true });
  for (const script of ["train_network.py", "sdxl_train_network.py"]) await writeFile(join(trainerFolder, script), "");
  for (const [at, path] of pictures.entries())
    await sharp(path)
      .png()
      .toFile(join(trainerFolder, "pictures", `${at}.png`));
  await writeFile(python, `#!${process.execPath}\n${program}`);
  await chmod(python, 0o755);
  const [held, failing] = [join(trainerFolder, "hold"), join(trainerFolder, "fail")];
  return {
    python,
    trainerFolder,
    hold: () => writeFile(held, ""),
    letGo: () => rm(held, { force: true }),
    failWith: (words) => (words === undefined ? rm(failing, { force: true }) : writeFile(failing, words)),
  };
}

const program = String.raw`
const { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const words = process.argv.slice(2);
const packages = Object.fromEntries(["torch", "accelerate", "diffusers", "transformers"].map((name) => [name, "9.9.9"]));
const wordAfter = (name) => words[words.indexOf(name) + 1];
const later = () => new Promise((settle) => setTimeout(settle, 20));

async function train() {
  const folder = dirname(wordAfter("--config_file"));
  const scripts = process.cwd();
  const settings = readFileSync(wordAfter("--config_file"), "utf8");
  const valueOf = (name) => new RegExp("^" + name + " = \"?([^\"\n]*)", "m").exec(settings)?.[1];
  const { steps, epochs, prompts } = JSON.parse(readFileSync(join(folder, "job.json"), "utf8"));
  const first = words.includes("--resume") ? Number(wordAfter("--initial_epoch")) : 1;
  if (words.includes("--resume") && !existsSync(wordAfter("--resume"))) throw new Error("there is no state " + wordAfter("--resume"));
  const samples = join(valueOf("output_dir"), "sample");
  const pictures = readdirSync(join(scripts, "pictures"));
  mkdirSync(samples, { recursive: true });
  let done = 0;
  const bar = (told) => process.stderr.write("\rsteps:  " + Math.floor((100 * done) / steps) + "%|█▏   | " + done + "/" + steps + " [00:" + String(done % 60).padStart(2, "0") + "<00:10,  1.15it/s" + told + "]");
  bar("");
  for (let epoch = first; epoch <= epochs; epoch += 1) {
    console.log("\nepoch " + epoch + "/" + epochs + "\n");
    for (let step = 0; step < steps / epochs; step += 1) {
      if (existsSync(join(scripts, "fail"))) {
        console.error("\nTraceback (most recent call last):\n" + readFileSync(join(scripts, "fail"), "utf8"));
        console.error("subprocess.CalledProcessError: Command '['python']' returned non-zero exit status 1.");
        process.exit(1);
      }
      done += 1;
      bar(", avr_loss=" + (1 / (epoch + done / steps)).toFixed(3));
    }
    for (const at of prompts.keys()) {
      const name = valueOf("output_name") + "_e" + String(epoch).padStart(6, "0") + "_" + String(at).padStart(2, "0") + "_202601011200" + String(epoch).padStart(2, "0") + "_1.png";
      copyFileSync(join(scripts, "pictures", pictures[(epoch * 3 + at) % pictures.length]), join(samples, name));
    }
    if (epoch < epochs) mkdirSync(join(valueOf("output_dir"), valueOf("output_name") + "-" + String(epoch).padStart(6, "0") + "-state"), { recursive: true });
    while (epoch === first && existsSync(join(scripts, "hold"))) await later();
  }
}

if (words[0].endsWith("preflight.py"))
  console.log(JSON.stringify({ python: "3.11.0", packages, gpus: [], failure: null }));
else if (words[1] === "accelerate.commands.launch") train();
else throw new Error("Nobody taught it " + words.join(" "));
`;
