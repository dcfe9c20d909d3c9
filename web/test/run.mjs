// Bundles each unit test and runs all with node --test.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url)), out = mkdtempSync(join(tmpdir(), 'belfry-unit-'));
const tests = readdirSync(join(here, 'unit')).filter((f) => f.endsWith('.test.ts'));
await build({ absWorkingDir: join(here, '..'), entryPoints: tests.map((t) => 'test/unit/' + t), bundle: true, format: 'esm', platform: 'node', outdir: out, outExtension: { '.js': '.mjs' }, logLevel: 'warning', define: { 'process.env.WEB': JSON.stringify(join(here, '..')) } });
const r = spawnSync(process.execPath, ['--test', ...tests.map((t) => join(out, t.replace(/\.ts$/, '.mjs')))], { stdio: 'inherit', env: { ...process.env, TZ: 'Europe/Berlin' } });
rmSync(out, { recursive: true, force: true });
process.exit(r.status ?? 1);
