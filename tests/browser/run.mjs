// Journeys through the pages in Debian's Chromium: node tests/browser/run.mjs [part of a name]
//   BELFRY=build/release/belfry   starts that binary on an empty directory (BELFRY_ARGS adds arguments)
//   BASE_URL=... LOGIN_URL=...    uses a running server
//   neither                       uses web/dev/mock.mjs
// Journeys marked `mock` always use the development server: they need answers no healthy server gives.
import { launch } from './browser.mjs';
import { startServer } from './server.mjs';
import { journeys as main } from './journeys.mjs';
import { journeys as alarms } from './alarms.mjs';
import { journeys as dashboards } from './dashboards.mjs';
import { journeys as states } from './states.mjs';
import { journeys as targets } from './targets.mjs';

const only = process.argv[2];
const all = [...main, ...alarms, ...dashboards, ...states, ...targets].filter((j) => !only || j.name.includes(only));
const browser = await launch();
let server, failed = 0, passed = 0;
try {
  if (all.some((j) => !j.mock)) server = await startServer();
  for (const j of all) {
    const began = Date.now();
    try { await j.run({ browser, server }); passed++; console.log(`ok    ${j.name} (${Date.now() - began} ms)`); } catch (e) { failed++; console.log(`FAIL  ${j.name}\n      ${String(e.stack ?? e).split('\n').slice(0, 14).join('\n      ')}`); }
  }
} catch (e) { failed++; console.log('FAIL ', e.message); }
await browser.close();
await server?.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
