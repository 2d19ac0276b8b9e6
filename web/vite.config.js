// Builds style and script into dist/assets under hashed names, with dist/manifest.json (plain name to hashed name)
// and, for documents only, dist/fonts.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vite";

const FONTS = ["400Regular/NotoSansSC_400Regular.ttf", "700Bold/NotoSansSC_700Bold.ttf"];

/** The manifest the portal reads, the icon under a hashed name, and the fonts of documents. */
function lianban() {
  return {
    name: "lianban",
    enforce: "post",
    generateBundle(_options, bundle) {
      const icon = readFileSync("src/icon.svg");
      const hash = createHash("sha256").update(icon).digest("hex").slice(0, 8);
      const manifest = { "icon.svg": `icon-${hash}.svg` };
      this.emitFile({ type: "asset", fileName: `assets/${manifest["icon.svg"]}`, source: icon });
      for (const part of Object.values(bundle)) {
        const file = part.fileName.replace(/^assets\//, "");
        if (part.type === "chunk" && part.isEntry) manifest["main.js"] = file;
        if (part.type === "asset" && file.endsWith(".css")) manifest["styles.css"] = file;
      }
      for (const name of ["main.js", "styles.css"]) {
        if (!manifest[name]) this.error(`the build made no ${name}`);
      }
      this.emitFile({ type: "asset", fileName: "manifest.json", source: JSON.stringify(manifest, null, 2) });
    },
    writeBundle(options) {
      mkdirSync(`${options.dir}/fonts`, { recursive: true });
      for (const font of FONTS) {
        cpSync(`node_modules/@expo-google-fonts/noto-sans-sc/${font}`, `${options.dir}/fonts/${font.split("/")[1]}`);
      }
    },
  };
}

export default defineConfig({
  publicDir: false,
  plugins: [lianban()],
  build: {
    target: ["chrome87", "firefox86", "safari14"],
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: "src/main.ts",
      output: { entryFileNames: "assets/main-[hash].js", assetFileNames: "assets/[name]-[hash][extname]" },
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
