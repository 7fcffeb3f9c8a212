import { alignUniform } from "./alignUniform.ts";
import { cacr } from "./cacr.ts";
import { count } from "./count.ts";
import { cwcl } from "./cwcl.ts";
import { dcl } from "./dcl.ts";
import { distillation } from "./distillation.ts";
import { groCo } from "./groCo.ts";
import { hardMixing } from "./hardMixing.ts";
import { hinge } from "./hinge.ts";
import { infoLoob } from "./infoLoob.ts";
import { infoNce } from "./infoNce.ts";
import { iSogClr } from "./iSogClr.ts";
import { keepZeroShot } from "./keepZeroShot.ts";
import { labelSmoothing } from "./labelSmoothing.ts";
import type { Loss } from "./loss.ts";
import { lossWeighted } from "./lossWeighted.ts";
import { mlcd } from "./mlcd.ts";
import { nearestNeighbour } from "./nearestNeighbour.ts";
import { negClip } from "./negClip.ts";
import { offDiagonal } from "./offDiagonal.ts";
import { oneToMany } from "./oneToMany.ts";
import { protoClip } from "./protoClip.ts";
import { rankClip } from "./rankClip.ts";
import { sampleWeighted } from "./sampleWeighted.ts";
import { sdm } from "./sdm.ts";
import { sigLip } from "./sigLip.ts";
import { supCon } from "./supCon.ts";

/** All losses, in the order in which they are offered. A new one is one file and one line here. */
export const losses: readonly Loss[] = [
  infoNce,
  sigLip,
  dcl,
  infoLoob,
  supCon,
  sdm,
  oneToMany,
  cwcl,
  labelSmoothing,
  sampleWeighted,
  lossWeighted,
  iSogClr,
  cacr,
  groCo,
  rankClip,
  alignUniform,
  protoClip,
  mlcd,
  negClip,
  count,
  hinge,
  hardMixing,
  nearestNeighbour,
  distillation,
  offDiagonal,
  keepZeroShot,
];
