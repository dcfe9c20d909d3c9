// Builds web/dist: hashed names, gzip -9, and manifest.txt, the table the server embeds.
//   node build.mjs            once
//   node build.mjs --watch    again on every change (serve with dev/mock.mjs or belfry --web-dir web/dist)
// manifest.txt: path <TAB> file <TAB> content-type <TAB> etag <TAB> immutable|no-cache <TAB> gzip|identity
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };
// Page paths that answer with index.html come from the route table itself, so that a new page is one row there.
const pagePaths = () => [...readFileSync(join(root, 'src/routes.ts'), 'utf8').matchAll(/^\s*path: '(\/[^']*)'/gm)].map((m) => m[1]);
// Pages that have something below them (`deep: true`) answer for all of it: `/dash/*`.
const deepPaths = () => [...readFileSync(join(root, 'src/routes.ts'), 'utf8').matchAll(/deep: true[^{}]*?\n\s*path: '(\/[^']*)'/g)].map((m) => m[1] + '/*');
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 12);

async function once() {
  const common = { absWorkingDir: root, bundle: true, minify: true, write: false, legalComments: 'none', target: 'es2022', logLevel: 'warning', outdir: 'dist/assets', metafile: true };
  const app = await build({ ...common, entryPoints: { main: 'src/main.tsx' }, format: 'esm', splitting: true, entryNames: '[name].[hash]', chunkNames: '[name].[hash]', define: { 'process.env.NODE_ENV': '"production"' } });
  const css = await build({ ...common, entryPoints: { app: 'app.css' }, entryNames: '[name].[hash]' });
  const theme = await build({ ...common, entryPoints: { theme: 'src/theme_early.ts' }, format: 'iife', entryNames: '[name].[hash]' });

  const files = new Map();  // path below dist -> bytes
  for (const out of [...app.outputFiles, ...css.outputFiles, ...theme.outputFiles]) files.set('assets/' + basename(out.path), Buffer.from(out.contents));
  const mark = readFileSync(join(root, 'mark.svg'));
  files.set(`assets/mark.${hash(mark)}.svg`, mark);

  const named = (stem, ext) => [...files.keys()].find((f) => new RegExp(`^assets/${stem}\\.[^.]+\\${ext}$`).test(f));
  const links = { 'mark.svg': named('mark', '.svg'), 'app.css': named('app', '.css'), 'theme.js': named('theme', '.js'), 'main.js': named('main', '.js') };
  let html = readFileSync(join(root, 'index.html'), 'utf8');
  // A base path is put in front of these links by the server: it replaces `="/assets/` with `="<base_path>/assets/`.
  for (const [token, file] of Object.entries(links)) html = html.replace(`%${token}%`, '/' + file);
  html = html.replace('%icons%', readFileSync(join(root, 'icons.svg'), 'utf8').trim().replace(/\n/g, ''));

  rmSync(dist, { recursive: true, force: true });
  mkdirSync(join(dist, 'assets'), { recursive: true });
  const rows = [];
  const add = (path, file, bytes, cache, encoding) => rows.push([path, file, TYPES[extname(file.replace(/\.gz$/, ''))], `"${hash(bytes)}"`, cache, encoding]);
  writeFileSync(join(dist, 'index.html'), html);
  for (const path of [...pagePaths(), ...deepPaths()]) add(path, 'index.html', html, 'no-cache', 'identity');
  for (const [file, bytes] of [...files].sort()) {
    const packed = gzipSync(bytes, { level: 9 });
    const gz = packed.length < bytes.length;
    writeFileSync(join(dist, gz ? file + '.gz' : file), gz ? packed : bytes);
    add('/' + file, gz ? file + '.gz' : file, bytes, 'immutable', gz ? 'gzip' : 'identity');
  }
  writeFileSync(join(dist, 'manifest.txt'), rows.map((r) => r.join('\t')).join('\n') + '\n');
  // Which files the first page load needs: what main imports statically. test/budget.mjs weighs them.
  const main = Object.entries(app.metafile.outputs).find(([, o]) => o.entryPoint === 'src/main.tsx')[0];
  const initial = new Set();
  const walk = (f) => { if (initial.has(f)) return; initial.add(f); for (const i of app.metafile.outputs[f].imports) if (i.kind === 'import-statement') walk(i.path); };
  walk(main);
  return { initial: [...[...initial].map((f) => 'assets/' + basename(f)), links['app.css'], links['theme.js']], files: [...files.keys()] };
}

export { once, dist };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await once();
  if (process.argv.includes('--watch')) {
    // Polled: Node 18 cannot watch folders in depth on Linux.
    const newest = () => Math.max(...['app.css', 'index.html', 'icons.svg', 'mark.svg', ...readdirSync(join(root, 'src'), { recursive: true }).map((f) => join('src', f))].map((f) => statSync(join(root, f)).mtimeMs));
    let built = newest();
    setInterval(() => { const t = newest(); if (t > built) { built = t; once().then(() => console.log('built', new Date().toLocaleTimeString()), (e) => console.error(e.message)); } }, 500);
  }
}
