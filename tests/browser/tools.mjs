// What every journey needs: a watched page, waiting by polling (string-form waits are eval, which the policy forbids), pictures.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

export const PICTURES = process.env.PICTURES ?? 'build/pictures';
const WAIT_MS = Number(process.env.WAIT_MS ?? 30_000);

/** A page whose console, policy violations, faults and requests are recorded. `expect` lists console errors that belong to the journey. */
export async function watched(browser, base, o = {}) {
  const context = await browser.newContext({ viewport: o.narrow ? { width: 390, height: 844 } : { width: 1440, height: 900 }, colorScheme: o.light ? 'light' : 'dark', reducedMotion: o.still ? 'reduce' : 'no-preference', hasTouch: !!o.narrow, permissions: ['clipboard-read', 'clipboard-write'], ...o.context });
  const seen = { console: [], violations: [], faults: [], foreign: [], requests: 0, failed: [] };
  await context.addInitScript(() => { globalThis.violations = []; document.addEventListener('securitypolicyviolation', (e) => globalThis.violations.push(`${e.effectiveDirective}: ${e.blockedURI} ${e.sourceFile ?? ''}:${e.lineNumber}`)); });
  const page = await context.newPage();
  page.on('console', (m) => { if (m.type() === 'error' || m.type() === 'warning') seen.console.push(`${m.type()}: ${m.text()}`); });
  page.on('pageerror', (e) => seen.faults.push(e.stack ?? e.message));
  page.on('dialog', (d) => { seen.faults.push('a dialog opened: ' + d.message()); void d.dismiss(); });
  const origin = new URL(base).origin;
  context.on('request', (r) => { seen.requests++; const u = r.url(); if (!u.startsWith(origin + '/') && !u.startsWith('data:')) seen.foreign.push(u); });
  const done = async () => {
    for (const p of context.pages()) { if (!p.isClosed()) seen.violations.push(...(await p.evaluate(() => globalThis.violations ?? []).catch(() => []))); }
    await context.close();
    const console_ = seen.console.filter((c) => !(o.expect ?? []).some((e) => e.test(c)));
    assert.deepEqual(seen.violations, [], 'policy violations'); assert.deepEqual(seen.faults, [], 'faults in the page'); assert.deepEqual(console_, [], 'console'); assert.deepEqual(seen.foreign, [], 'requests to other origins');
    assert.ok(seen.requests > 0, 'the page asked the server at all');
  };
  return { page, context, seen, done };
}

/** Polls until `fn` gives something true; the last error is told when it never does. */
export async function until(what, fn, ms = WAIT_MS) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try { const v = await fn(); if (v) return v; last = undefined; } catch (e) { last = e; }
    if (Date.now() > end) throw new Error(`never: ${what}${last ? ` (${last.message})` : ''}`);
    await new Promise((r) => setTimeout(r, 80));
  }
}
export const text = (page, selector) => page.locator(selector).first().innerText();
export const path = (page) => { const u = new URL(page.url()); return u.pathname + u.search; };

export async function noSideways(page, where) {
  const w = await page.evaluate(() => ({ doc: document.documentElement.scrollWidth, view: innerWidth, main: document.querySelector('main').scrollWidth, mainView: document.querySelector('main').clientWidth }));
  assert.ok(w.doc <= w.view && w.main <= w.mainView, `${where} scrolls sideways: ${JSON.stringify(w)}`);
}

export async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, name + '.png') });
}

/** The bytes of a canvas or the markup of a curve, to see that it changed. */
export const drawn = (page, selector) => page.locator(selector).first().evaluate((n) => (n instanceof HTMLCanvasElement ? n.toDataURL() : n.innerHTML.length + ':' + n.textContent));

/** Controls without a name, ids used twice, references to nothing: what a screen reader would stumble over. */
export const unspoken = (page) => page.evaluate(() => {
  const out = [], visible = (n) => n.checkVisibility?.() ?? true;
  const name = (n) => (n.getAttribute('aria-label') || (n.getAttribute('aria-labelledby') ?? '').split(' ').map((i) => document.getElementById(i)?.textContent ?? '').join('') || n.textContent || n.labels?.[0]?.textContent || n.getAttribute('title') || '').trim();
  for (const n of document.querySelectorAll('button, a[href], input, select, textarea, [role=img], [role=dialog], [role=tree], [role=listbox], [role=tablist], nav, section, aside, table')) {
    if (!visible(n) || n.closest('[aria-hidden=true]')) continue;
    if (n.matches('section') && !n.hasAttribute('aria-labelledby') && !n.hasAttribute('aria-label')) { if (n.classList.contains('panel') && n.closest('main')) continue; }
    if (n.matches('table')) { if (!n.caption && !n.closest('section[aria-labelledby], section[aria-label]')) out.push('table without a caption or section'); continue; }
    if (!name(n)) out.push('no name: ' + n.outerHTML.slice(0, 120));
  }
  const ids = [...document.querySelectorAll('[id]')].map((n) => n.id);
  for (const i of new Set(ids.filter((x, k) => ids.indexOf(x) !== k))) out.push('id twice: ' + i);
  for (const a of ['aria-labelledby', 'aria-controls', 'aria-describedby', 'aria-activedescendant']) for (const n of document.querySelectorAll(`[${a}]`)) for (const i of n.getAttribute(a).split(' ')) if (!document.getElementById(i)) out.push(`${a} names ${i}, which is not there`);
  for (const n of document.querySelectorAll('[role=radio], [role=tab], [role=option], [role=treeitem]')) if (!n.closest('[role=radiogroup], [role=tablist], [role=listbox], [role=tree]')) out.push('orphan ' + n.getAttribute('role'));
  return out;
});
