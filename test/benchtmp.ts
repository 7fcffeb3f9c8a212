import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withDataset } from "../src/engine/store/dataset.ts";
import { exportItems } from "../src/engine/write/export.ts";
import { exportItemsOf } from "../src/engine/write/exportItems.ts";
import { undo } from "../src/engine/write/undo.ts";
import { createCounters } from "../src/engine/env.ts";
const f = await mkdtemp("/tmp/bench-"); const root = join(f,"dataset"); await mkdir(root);
const env = { cacheFolder: join(f,"c"), dataFolder: join(f,"d"), now: () => Date.now(), log: () => undefined, counters: createCounters() };
const n = 100000; const buf = Buffer.alloc(4000, 7);
for (let i=0;i<n;i++) { await writeFile(join(root, `${i}.jpg`), buf); }
const samples = Array.from({length:n},(_,i)=>({id:`${i}.jpg` as never, locator:{kind:"file" as const,path:join(root,`${i}.jpg`)},folder:"",captions:[{id:"" as never,text:`caption ${i}`,author:"import",origin:{file:""}}],sizeBytes:0,mtimeMs:0,inode:0}));
for (const pictures of ["hardlink","copy"] as const) {
const t=performance.now();
const r = await withDataset(env, root, (d)=>exportItems(d, exportItemsOf(samples,{selection:[],splits:new Map(),moves:[]}).items,{format:"imagefolder",pictures,out:join(f,"out"),readPicture:()=>Promise.reject(new Error())}));
console.log(pictures, r.files, ((performance.now()-t)/1000).toFixed(1),"s", (process.memoryUsage().rss/1e6).toFixed(0),"MB");
const t2=performance.now(); const u = await withDataset(env, root, (d)=>undo(d)); console.log("undo", u.restored.length, u.left.length, ((performance.now()-t2)/1000).toFixed(1),"s");
}
console.log(f);
