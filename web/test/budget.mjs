// Weighs what a browser loads: the first page load, and everything. Fails beyond the budget.
import { readFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { dist, once } from '../build.mjs';

const KB = 1024, BUDGET = { initial: 150 * KB, home: 150 * KB, all: 450 * KB };
const { initial, files } = await once();
const size = (f) => (existsSync(join(dist, f + '.gz')) ? readFileSync(join(dist, f + '.gz')).length : existsSync(join(dist, f)) ? readFileSync(join(dist, f)).length : 0);
const sum = (list) => list.reduce((s, f) => s + size(f), 0);
const text = (f) => (existsSync(join(dist, f)) ? readFileSync(join(dist, f)) : gunzipSync(readFileSync(join(dist, f + '.gz')))).toString();
const html = gzipSync(readFileSync(join(dist, 'index.html')), { level: 9 }).length;
// Home's own chunk follows at once, so it counts as part of the first load too.
const home = files.filter((f) => /assets\/home\./.test(f));
const homeImports = [...new Set(home.flatMap((f) => [...text(f).matchAll(/["']\.\/((?:chunk|main)\.[\w.]+\.js)["']/g)].map((m) => 'assets/' + m[1])))];
const figures = { initial: sum(initial) + html, home: sum([...new Set([...initial, ...home, ...homeImports])]) + html, all: sum(files) + html };
let bad = 0;
for (const [name, bytes] of Object.entries(figures)) {
  const over = bytes > BUDGET[name];
  bad += Number(over);
  console.log(`${over ? 'OVER ' : 'ok   '} ${name.padEnd(8)} ${(bytes / KB).toFixed(1).padStart(6)} KiB gzip of ${BUDGET[name] / KB}`);
}
const manifest = readFileSync(join(dist, 'manifest.txt'), 'utf8').trim().split('\n');
for (const line of manifest) { const [path, file, type, etag, cache, enc] = line.split('\t'); if (!path.startsWith('/') || !existsSync(join(dist, file)) || !type || !/^"\w+"$/.test(etag) || !/^(immutable|no-cache)$/.test(cache) || !/^(gzip|identity)$/.test(enc)) { console.log('bad manifest line:', line); bad++; } }
const listed = new Set(manifest.map((l) => l.split('\t')[1]));
for (const f of readdirSync(join(dist, 'assets'))) if (!listed.has('assets/' + f)) { console.log('not in the manifest:', f); bad++; }
process.exit(bad ? 1 : 0);
