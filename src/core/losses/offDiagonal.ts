import type { Block } from "./loss.ts";
import { blockOf, defineLoss, targetOf } from "./loss.ts";
import { contrast } from "./parts/contrast.ts";
import { sumOf } from "./parts/part.ts";
import { followTeacher } from "./parts/teacher.ts";

/**
 * InfoNCE + α KL(softmax(S_old/τ_t) ‖ softmax(S/τ)) over the rows, and the columns, where the old model puts the own partner first. The paper puts the current model's row in
 * place of the others, whose divergence from itself is 0.
 */
export const offDiagonal = defineLoss({
  id: "offDiagonal",
  name: "Off-diagonal information (Mod-X)",
  description: "InfoNCE, and what the encoder was right about stays as it was, foreign captions included",
  source: "Ni et al., Continual Vision-Language Representation Learning with Off-Diagonal Information, 2023",
  blocks: ["imageText"],
  needs: ["teacher"],
  captions: "one",
  options: { kept: 1, teacherTemperature: 0.02 },
  evaluate: (inputs, { kept, teacherTemperature }) => {
    const teaching = { cosines: targetOf(inputs, "teacher"), temperature: teacherTemperature, isBelieved: isOwnFirst };
    return sumOf(inputs, [
      { on: "imageText", part: contrast(inputs) },
      { on: "imageText", part: followTeacher(blockOf(inputs, "imageText"), inputs.temperature, teaching), weight: kept },
    ]);
  },
});

function isOwnFirst(row: number, { values, columns }: Block): boolean {
  const own = values[row * columns + row]!;
  return values.subarray(row * columns, (row + 1) * columns).every((other: number) => other <= own);
}
