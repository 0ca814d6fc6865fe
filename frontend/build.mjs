// One file for the map, its worker beside it, and the notices of everything inside.

import { build } from "esbuild";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const out = new URL("../src/waystation/web/static/", import.meta.url).pathname;
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const made = await build({
  entryPoints: ["src/workbench.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outfile: join(out, "workbench.js"),
  metafile: true,
  legalComments: "none",
  external: [],
});
const maps = "node_modules/maplibre-gl/dist";
copyFileSync(join(maps, "maplibre-gl.css"), join(out, "workbench.css"));
for (const name of ["maplibre-gl-worker.mjs", "maplibre-gl-shared.mjs"]) copyFileSync(join(maps, name), join(out, name));

const packages = new Set(
  Object.keys(made.metafile.inputs)
    .map((p) => p.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1])
    .filter(Boolean),
);
const notices = [...packages].sort().map((name) => {
  const folder = join("node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim() : "(no text in the package)";
  return `${name} ${about.version}, ${about.license}\n\n${text}\n`;
});
writeFileSync(join(out, "NOTICES.txt"), notices.join("\n----------------------------------------\n\n"));
console.log(`built ${packages.size} packages into ${out}`);
