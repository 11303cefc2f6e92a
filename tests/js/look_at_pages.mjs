// Looks at pages as a reader's browser shows them: what they say on the console, what they fetch,
// whether they scroll sideways, and what axe finds. Prints one JSON line a page and look.
//
// node look_at_pages.mjs LOOKS.json   where LOOKS is [{path, width, dark, shot?}]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const looks = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});

let [page, said, fetched, shown] = [null, [], [], ""];

async function opened(path) {
  await page?.context().close();
  // A page forbids scripts; axe is one.
  const context = await browser.newContext({ bypassCSP: true });
  [page, said, fetched, shown] = [await context.newPage(), [], [], path];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  const address = pathToFileURL(path).href;
  page.on("request", (request) => request.url() === address || fetched.push(request.url()));
  await page.goto(address);
  await page.evaluate(axe);
}

for (const look of looks) {
  if (look.path !== shown) await opened(look.path);
  await page.emulateMedia({ colorScheme: look.dark ? "dark" : "light" });
  await page.setViewportSize({ width: look.width, height: 900 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (look.shot) await page.screenshot({ path: look.shot, fullPage: true });
  let faults = [];
  if (look.axe !== false) {
    const found = await page.evaluate(() =>
      globalThis.axe.run(document, { resultTypes: ["violations"] }),
    );
    faults = found.violations
      .filter((each) => each.impact === "serious" || each.impact === "critical")
      .map((each) => ({
        id: each.id,
        many: each.nodes.length,
        first: each.nodes[0].html.slice(0, 300),
        why: each.nodes[0].failureSummary,
      }));
  }
  console.log(JSON.stringify({ ...look, said, fetched, wide, faults }));
}
await browser.close();
