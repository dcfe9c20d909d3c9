// The journeys that every server must carry: the binary on an empty directory as well as the development server.
import assert from 'node:assert/strict';
import { drawn, noSideways, path, picture, text, unspoken, until, watched } from './tools.mjs';

const PAGES = [['Home', '/'], ['Search', '/search'], ['Metrics', '/metrics'], ['Dashboards', '/dash'], ['Targets', '/targets'], ['Rules', '/rules'], ['Alarms', '/alarms'], ['Alarms', '/alarms/definitions'], ['Alarms', '/alarms/new'], ['Alarms', '/alarms/notifications'], ['Alarms', '/alarms/notifications?tab=silences'], ['Alarms', '/alarms/notifications?tab=routing'], ['Alarms', '/alarms/notifications?tab=deliveries'], ['Cardinality', '/cardinality'], ['Add data', '/add'], ['Status', '/status'], ['Settings', '/settings']];
const journey = (name, run) => ({ name, run });
const minis = (page) => page.locator('.mini canvas');
const chartReady = (page) => until('a chart of the answer', () => page.locator('.uplot canvas').count());
// The own figures of the host are stored every 10 s, so a fresh server needs a moment before a query finds them.
const STORED_MS = 45_000;

/** A query that any server can answer once it has stored something, and the text to look for. */
async function storedMetric(page, base) {
  return until('a stored metric', async () => {
    const r = await page.request.get(base + '/api/v1/belfry/metrics?limit=5000');
    const names = (await r.json()).metrics.map((m) => m.name);
    return ['node_load1', 'up'].find((n) => names.includes(n)) ?? names[0];
  }, STORED_MS);
}

export const journeys = [
  journey('the printed link logs in, once, and leaves the URL', async ({ browser, server }) => {
    const w = await watched(browser, server.base, { expect: [/401/] });
    await w.page.goto(server.login);
    await until('the token is gone from the URL', () => !w.page.url().includes('#'));
    await until('signed in is said', async () => /Signed in/.test(await text(w.page, '.toasts')));
    const s = await (await w.page.request.get(server.base + '/api/v1/belfry/session')).json();
    assert.equal(s.authenticated, true); assert.equal(typeof s.csrf, 'string');
    const cookies = await w.context.cookies();
    assert.ok(cookies.length === 1 && cookies[0].httpOnly && cookies[0].sameSite === 'Strict', JSON.stringify(cookies));
    await w.page.reload();
    await until('still signed in after a reload', async () => (await (await w.page.request.get(server.base + '/api/v1/belfry/session')).json()).authenticated);
    // A key can be made, is shown once, and revoked.
    await w.page.goto(server.base + '/settings');
    await w.page.getByLabel('Name of the key').fill('journey');
    await w.page.getByRole('button', { name: 'Make key' }).click();
    await until('the key is shown', async () => /^bf_i_\S{8,}/.test(await text(w.page, '.snippet pre')));
    const row = w.page.locator('.keys-t tr', { hasText: 'journey' });
    await row.getByRole('button', { name: 'Revoke…' }).click();
    await w.page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await until('the key is gone', async () => (await row.count()) === 0);
    await picture(w.page, 'settings-dark');
    // The link works once.
    const again = await watched(browser, server.base, { expect: [/401/] });
    await again.page.goto(server.login);
    await until('the second use is refused', async () => /used up or wrong/.test(await text(again.page, '.toasts')));
    await again.done();
    await w.done();
  }),

  journey('Home shows at least twelve charts that move with no click', async ({ browser, server }) => {
    const w = await watched(browser, server.base);
    await w.page.goto(server.base + '/');
    await until('twelve charts', async () => (await minis(w.page).count()) >= 12);
    await until('values in them', async () => (await w.page.locator('.mini b').allInnerTexts()).filter((t) => /\d/.test(t)).length >= 10);
    const first = await drawn(w.page, '.mini canvas');
    await until('the first chart moves', async () => (await drawn(w.page, '.mini canvas')) !== first);
    await until('the status line is filled', async () => /Connected[\s\S]*In [\s\S]*Queue/.test(await text(w.page, '.foot')));
    await until('the pipeline is told', async () => /received/.test(await text(w.page, '.cols3 .feed:last-child')));
    await noSideways(w.page, 'Home');
    await picture(w.page, 'home-dark');
    // Pause freezes all of them; going on moves them again.
    await w.page.keyboard.press('Space');
    await until('paused', async () => /Paused/.test(await text(w.page, '.top')));
    await new Promise((r) => setTimeout(r, 300));
    const still = await drawn(w.page, '.mini canvas');
    await new Promise((r) => setTimeout(r, 2200));
    assert.ok((await drawn(w.page, '.mini canvas')) === still, 'a paused chart stands still');
    await w.page.keyboard.press('Space');
    await until('it goes on', async () => (await drawn(w.page, '.mini canvas')) !== still);
    // One cross-hair on all: pointing at one chart changes the value shown at others.
    const box = await minis(w.page).first().boundingBox(), values = () => w.page.locator('.mini b').allInnerTexts();
    await w.page.mouse.move(box.x + box.width - 2, box.y + 20);
    const right = (await values()).join();
    await until('all follow the pointer', async () => { await w.page.mouse.move(box.x + box.width * (0.4 + Math.random() * 0.5), box.y + 20); return (await values()).join() !== right; });
    await w.page.mouse.move(5, 5);
    await w.page.keyboard.press('v');
    await until('the table twin', () => w.page.getByRole('columnheader', { name: 'Highest' }).count());
    await w.page.keyboard.press('v');
    // Any other range comes from the store, with the same charts.
    await storedMetric(w.page, server.base);
    await w.page.goto(server.base + '/?t=now-30m..now');
    await until('it says so', async () => /from the store/.test(await w.page.locator('main').innerText()));
    await until('stored values', async () => (await w.page.locator('.mini b').allInnerTexts()).some((t) => /\d/.test(t)), STORED_MS);
    await w.done();
  }),

  journey('a query runs: by name, by editor, as lines, stack, heatmap and table', async ({ browser, server }) => {
    const w = await watched(browser, server.base);
    await w.page.goto(server.base + '/metrics');
    const name = await storedMetric(w.page, server.base);
    await w.page.reload();
    await w.page.getByLabel('Find a metric').fill(name);
    await until('the tree finds it', () => w.page.locator(`.ti[title^="${name}"]`).count());
    await w.page.locator(`.ti[title^="${name}"]`).first().click();
    await until('the URL has it', () => path(w.page).includes(name));
    await until('the chart is there', async () => (await chartReady(w.page)) && (await w.page.locator('.legend-t tbody tr').count()) >= 1, STORED_MS);
    // The editor: loaded on focus, in a shadow root, runs by Ctrl+Enter.
    await w.page.locator('.ed-stack textarea').focus();
    const editor = w.page.locator('.qb-host .cm-content');
    await until('the editor', () => editor.count());
    await editor.focus();
    await w.page.keyboard.press('Control+A');
    await w.page.keyboard.type(`count(${name}) + 41 * 0`);
    await w.page.keyboard.press('Control+Enter');
    await until('the typed query runs', async () => /count\(/.test(decodeURIComponent(path(w.page))) && (await w.page.locator('.legend-t tbody tr').count()) === 1);
    await until('what it cost', async () => /1 series/.test(await text(w.page, '.cost')));
    for (const view of ['Stacked', 'Table', 'Lines']) { await w.page.getByRole('radio', { name: view }).click(); await until(view, async () => (await w.page.getByRole('radio', { name: view }).getAttribute('aria-checked')) === 'true'); }
    // A fault of the query is said in its panel, in the server's words.
    await editor.focus();
    await w.page.keyboard.press('Control+A'); await w.page.keyboard.type('sum(rate('); await w.page.keyboard.press('Delete'); await w.page.keyboard.press('Delete');
    await w.page.keyboard.press('Escape');
    w.seen.console.length = 0;
    await w.page.getByRole('button', { name: /^Run/ }).click();
    await until('the fault', async () => /parse|expect/i.test(await text(w.page, '.fault')));
    w.seen.console.splice(0, w.seen.console.length, ...w.seen.console.filter((c) => !/400/.test(c)));
    await w.done();
  }),

  journey('Back and Forward lead through pages, queries and times', async ({ browser, server }) => {
    const w = await watched(browser, server.base);
    await w.page.goto(server.base + '/');
    await w.page.getByRole('link', { name: 'Metrics', exact: true }).first().click();
    await until('Metrics', () => path(w.page) === '/metrics');
    await w.page.getByRole('link', { name: 'Status', exact: true }).first().click();
    await until('Status', () => path(w.page) === '/status');
    await w.page.goBack();
    await until('back on Metrics', async () => path(w.page) === '/metrics' && (await w.page.title()).startsWith('Metrics'));
    await w.page.locator('.top .join button').nth(1).click();
    await w.page.getByRole('button', { name: 'Last 6 hours' }).click();
    await until('the range is in the URL', () => path(w.page) === '/metrics?t=now-6h..now');
    await w.page.getByRole('button', { name: 'Half a range earlier' }).click();
    await until('an absolute range', () => /t=\d{13}\.\.\d{13}/.test(path(w.page)));
    await w.page.goBack();
    await until('six hours again', () => path(w.page) === '/metrics?t=now-6h..now');
    await w.page.goBack(); await w.page.goBack();
    await until('Home', async () => path(w.page) === '/' && (await w.page.title()).startsWith('Home'));
    await w.page.goForward();
    await until('forward', () => path(w.page) === '/metrics');
    await w.done();
  }),

  journey('keyboard only: palette, pages, help, query, cross-hair', async ({ browser, server }) => {
    const w = await watched(browser, server.base);
    const { page } = w, key = (k) => page.keyboard.press(k);
    await page.goto(server.base + '/');
    await until('drawn', async () => (await minis(page).count()) > 0);
    await key('?');
    await until('help', () => page.locator('dialog[open] .help-dl').count());
    await key('Escape');
    await until('help closed', async () => (await page.locator('dialog[open]').count()) === 0);
    await key('g'); await key('u');
    await until('Status by keys', () => path(page) === '/status');
    await key('Control+k');
    await until('the palette has the focus', () => page.evaluate(() => document.activeElement?.getAttribute('role') === 'combobox'));
    await page.keyboard.type('settings');
    await until('it is found', async () => /Settings/.test(await text(page, '.pi.on')));
    await key('Enter');
    await until('Settings', () => path(page) === '/settings');
    await key('g'); await key('m');
    await until('Metrics by keys', () => path(page) === '/metrics');
    await storedMetric(page, server.base);
    await page.goto(server.base + '/metrics?t=now-5m..now');
    await until('a chart of the answer', () => page.locator('.uplot canvas').count(), STORED_MS);
    await page.locator('.chart').first().focus();
    await until('the tooltip on the newest values', async () => { await key('ArrowLeft'); return page.locator('.tip').count(); }, STORED_MS);
    for (let i = 0; i < 12; i++) await key('ArrowLeft');
    for (let i = 0; i < 12; i++) await key('Shift+ArrowLeft');
    await until('a part is chosen', () => page.getByRole('button', { name: /^Zoom to/ }).count());
    await key('Escape'); await key('Escape');
    await key('e');
    await until('the query has the focus', () => page.evaluate(() => document.activeElement?.classList.contains('qb-host') || document.activeElement?.tagName === 'TEXTAREA'));
    await key('Escape');
    // Everything that can be clicked can be reached, and shows that it is.
    await page.goto(server.base + '/status');
    await until('drawn', () => page.locator('.stage').count());
    await key('j'); await key('j'); await key('k');
    await until('a row has the focus', () => page.evaluate(() => !!document.activeElement?.closest('tbody tr')));
    for (let i = 0; i < 12; i++) {
      await key('Tab');
      const f = await page.evaluate(() => { const a = document.activeElement, s = getComputedStyle(a); return { tag: a.tagName, name: a.textContent.trim() || a.getAttribute('aria-label') || '', ring: s.outlineStyle !== 'none' || a.tagName === 'BODY' }; });
      assert.ok(f.ring, `no focus ring on ${JSON.stringify(f)}`);
      assert.ok(f.name, `no name on ${JSON.stringify(f)}`);
    }
    await w.done();
  }),

  journey('every page in both themes, one h1 each, no sideways scroll', async ({ browser, server }) => {
    for (const light of [false, true]) {
      const w = await watched(browser, server.base, { light });
      for (const [name, p] of PAGES) {
        await w.page.goto(server.base + p);
        await until(`${name} is drawn`, async () => (await w.page.title()).startsWith(name) && (await w.page.locator('main :is(.panel, .alist)').count()) > 0 && (await w.page.locator('main .skel').count()) === 0);
        if (p === '/metrics') await chartReady(w.page);
        await new Promise((r) => setTimeout(r, p === '/' || p === '/metrics' ? 1500 : 300));
        assert.equal(await w.page.locator('h1').count(), 1, `${name} has one h1`);
        assert.deepEqual(await unspoken(w.page), [], `${name} for a screen reader`);
        await noSideways(w.page, name);
        await picture(w.page, `${p.slice(1).replace(/[/?=]/g, '-') || 'home'}-${light ? 'light' : 'dark'}`);
      }
      await w.done();
    }
  }),

  journey('390 px: every page reads and never scrolls sideways', async ({ browser, server }) => {
    const w = await watched(browser, server.base, { narrow: true });
    for (const [name, p] of PAGES) {
      await w.page.goto(server.base + p);
      await until(`${name} is drawn`, async () => (await w.page.locator('main :is(.panel, .alist)').count()) > 0 && (await w.page.locator('main .skel').count()) === 0);
      await new Promise((r) => setTimeout(r, 700));
      await noSideways(w.page, name);
      await picture(w.page, `${p.slice(1).replace(/[/?=]/g, '-') || 'home'}-dark-390`);
    }
    const small = await w.page.evaluate(() => [...document.querySelectorAll('.tabbar a, .tabbar button')].filter((n) => n.getBoundingClientRect().height < 36).length);
    assert.equal(small, 0, 'targets of the bottom bar are 36 px high');
    await w.page.getByRole('button', { name: 'More' }).click();
    await until('More', () => w.page.locator('dialog[open] a', { hasText: 'Add data' }).count());
    await w.page.locator('dialog[open] a', { hasText: 'Add data' }).click();
    await until('Add data', () => path(w.page) === '/add');
    await w.done();
  }),

  journey('Add data fills in this address and its light goes on', async ({ browser, server }) => {
    const w = await watched(browser, server.base);
    await w.page.goto(server.base + '/add?tab=curl');
    await until('the snippet names this server', async () => (await text(w.page, '.snippet pre')).includes(`${server.base}/api/v1/import/prometheus`));
    await w.page.getByRole('button', { name: 'Copy', exact: true }).first().click();
    await until('copied is said', async () => /copied/.test(await text(w.page, '.toasts')));
    assert.ok((await w.page.evaluate(() => navigator.clipboard.readText())).includes('/api/v1/import/prometheus'));
    if (server.real) {
      const r = await w.page.request.post(server.base + '/api/v1/import/prometheus', { data: 'journey_temperature_celsius{room="attic"} 21.5\n', headers: { 'Content-Type': 'text/plain' } });
      assert.ok(r.ok(), `import answered ${r.status()}`);
      await until('the light goes on', async () => /record/.test(await text(w.page, '.light.on')));
      await w.page.goto(server.base + '/metrics?q=journey_temperature_celsius&t=now-5m..now');
      await until('the sample is there', async () => /21\.5/.test(await text(w.page, '.legend-t tbody')));
    }
    await picture(w.page, 'add-curl-dark');
    await w.done();
  }),
];
