// Debian's Chromium through playwright-core, which the web part already pins.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { chromium } = createRequire(new URL('../../web/package.json', import.meta.url))('playwright-core');
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

/** A browser with an own, empty profile that is gone afterwards. */
export async function launch() {
  const profile = mkdtempSync(join(tmpdir(), 'belfry-browser-'));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...ARGS, `--crash-dumps-dir=${profile}`], env: { ...process.env, HOME: profile } });
  browser.on('disconnected', () => rmSync(profile, { recursive: true, force: true, maxRetries: 3 }));
  return browser;
}
