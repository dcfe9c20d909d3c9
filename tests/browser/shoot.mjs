// Takes pictures of pages, for looking at while working: node tests/browser/shoot.mjs [name=path ...] [--light] [--narrow] [--mock options]
import { startMock } from '../../web/dev/mock.mjs';
import { mkdirSync } from 'node:fs';
import { launch } from './browser.mjs';

const args = process.argv.slice(2), has = (f) => args.includes(f);
const shots = args.filter((a) => a.includes('=') && !a.startsWith('--')).map((a) => [a.slice(0, a.indexOf('=')), a.slice(a.indexOf('=') + 1)]);
const m = await startMock({ hostile: has('--hostile'), empty: has('--empty'), locked: has('--locked'), full: has('--full'), slow: has('--slow') ? 4000 : 0 });
const browser = await launch();
mkdirSync('build/pictures/work', { recursive: true });
const context = await browser.newContext({ viewport: has('--narrow') ? { width: 390, height: 844 } : { width: 1440, height: 900 }, colorScheme: has('--light') ? 'light' : 'dark' });
for (const [name, path] of shots) {
  const page = await context.newPage();
  page.on('console', (c) => { if (c.type() === 'error') console.log(name, 'console:', c.text()); });
  page.on('pageerror', (e) => console.log(name, 'error:', e.message));
  await page.goto(m.base + path);
  await new Promise((r) => setTimeout(r, has('--slow') ? 1200 : 2500));
  await page.screenshot({ path: `build/pictures/work/${name}${has('--light') ? '-light' : ''}${has('--narrow') ? '-390' : ''}${has('--empty') ? '-empty' : ''}${has('--hostile') ? '-hostile' : ''}.png`, fullPage: has('--full-page') });
  const wide = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth, document.querySelector('main').scrollWidth, document.querySelector('main').clientWidth]);
  console.log(name, wide.join(' '));
  await page.close();
}
await browser.close(); await m.stop();
