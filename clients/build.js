/** Compiles the adapter in whose folder it runs, for ES modules and for CommonJS, and puts the licences beside it. */

import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";

const tsc = `${import.meta.dirname}/node_modules/typescript/bin/tsc`;

for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(`../../${name}`, name);
rmSync("dist", { recursive: true, force: true });
execFileSync(process.execPath, [tsc], { stdio: "inherit" });
const commonJs = ["--module", "CommonJS", "--moduleResolution", "Node10", "--verbatimModuleSyntax", "false", "--outDir", "dist/cjs"];
execFileSync(process.execPath, [tsc, ...commonJs], { stdio: "inherit" });
writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n');
