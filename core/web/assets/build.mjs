// Builds every front-end asset into the folder given as the first argument and writes `assets.rs` beside
// them: a table that the binary embeds. Run by build.rs; `npm run build` does the same into assets/dist.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const web = dirname(here);
const out = resolve(process.argv[2] ?? join(here, "dist"));
const WIDGET_LIMIT = 20_000; // bytes, gzip

const entries = [
  { name: "console.js", from: "assets/js/console.ts" },
  { name: "site.js", from: "assets/js/site.ts" },
  { name: "console.css", from: "assets/css/console.css" },
  { name: "letter.css", from: "assets/css/letter.css" },
  { name: "site.css", from: "assets/css/site.css" },
  { name: "widget.js", from: "widget/src/main.ts", iife: true },
];

const media = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

async function bundle({ from, iife }) {
  const result = await build({
    absWorkingDir: web,
    entryPoints: [from],
    bundle: true,
    minify: true,
    write: false,
    format: iife ? "iife" : "esm",
    target: ["es2022"],
    legalComments: "none",
    charset: "utf8",
    plugins: [minifiedCssText],
    logLevel: "warning",
  });
  return Buffer.from(result.outputFiles[0].contents);
}

// `import text from "./look.css?text"` gives the minified style sheet as text: the widget puts it into its
// shadow root as a constructed sheet, which a strict CSP allows.
const minifiedCssText = {
  name: "minified-css-text",
  setup(b) {
    b.onResolve({ filter: /\.css\?text$/ }, (args) => ({
      path: join(args.resolveDir, args.path.replace(/\?text$/, "")),
      namespace: "css-text",
    }));
    b.onLoad({ filter: /.*/, namespace: "css-text" }, async (args) => {
      const css = await build({
        entryPoints: [args.path],
        bundle: true,
        minify: true,
        write: false,
        target: ["es2022"],
      });
      return { contents: css.outputFiles[0].text, loader: "text", watchFiles: [args.path] };
    });
  },
};

// One sprite with the icons that icons.txt names: `<svg><use href="….svg#name"/></svg>`.
function sprite() {
  const symbols = readFileSync(join(here, "icons.txt"), "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => {
      const [id, file] = line.split(/\s+/);
      const svg = readFileSync(join(web, "node_modules/heroicons", `${file}.svg`), "utf8");
      const box = /viewBox="([^"]+)"/.exec(svg)[1];
      const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>[\s\S]*$/, "");
      const outline = /<svg[^>]*stroke="currentColor"/.test(svg);
      const paint = outline
        ? 'fill="none" stroke="currentColor" stroke-width="1.6"'
        : 'fill="currentColor"';
      return `<symbol id="${id}" viewBox="${box}" ${paint}>${inner.replace(/\s*\n\s*/g, "")}</symbol>`;
    });
  const mark = readFileSync(join(here, "favicon.svg"), "utf8").replace(/^<svg[^>]*>|<\/svg>\s*$/g, "");
  symbols.push(`<symbol id="brand" viewBox="0 0 32 32">${mark}</symbol>`);
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

const brotli = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const files = [];
for (const entry of entries) files.push({ name: entry.name, bytes: await bundle(entry) });
files.push({ name: "icons.svg", bytes: sprite() });
for (const name of ["favicon.svg"]) files.push({ name, bytes: readFileSync(join(here, name)) });

const rows = files.map(({ name, bytes }) => {
  const ext = name.split(".").pop();
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const gz = gzipSync(bytes, { level: 9 });
  const br = brotli(bytes);
  writeFileSync(join(out, name), bytes);
  writeFileSync(join(out, `${name}.gz`), gz);
  writeFileSync(join(out, `${name}.br`), br);
  console.log(`${name}: ${bytes.length} bytes, gzip ${gz.length}, brotli ${br.length}`);
  if (name === "widget.js" && gz.length > WIDGET_LIMIT) {
    console.error(`the widget is ${gz.length} bytes compressed; it may have at most ${WIDGET_LIMIT}`);
    process.exitCode = 1;
  }
  const path = name.replace(/\.([a-z]+)$/, `-${hash}.$1`);
  const at = (suffix) => `include_bytes!(${JSON.stringify(join(out, name + suffix))})`;
  return `    Asset { name: "${name}", file: "${path}", media: "${media[ext]}", raw: ${at("")}, gzip: ${at(".gz")}, brotli: ${at(".br")} },`;
});
writeFileSync(join(out, "assets.rs"), `&[\n${rows.join("\n")}\n]\n`);
