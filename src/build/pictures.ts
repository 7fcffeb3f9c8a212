import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The pictures of the README by the screenshot of the editor's tests that each is made from. */
const pictures: Readonly<Record<string, string>> = {
  gallery: "light-gallery",
  scores: "curate-scores",
  groups: "curate-groups",
  inspector: "curate-inspector",
  map: "dark-map",
};

// Run it after `npm run test:vscode`, which leaves the screenshots in out/screenshots.
await mkdir(`${root}/media/pictures`, { recursive: true });
for (const [name, screenshot] of Object.entries(pictures)) {
  await sharp(`${root}/out/screenshots/${screenshot}.png`).webp({ quality: 82 }).toFile(`${root}/media/pictures/${name}.webp`);
}
