// Journeys that need answers no healthy server gives: hostile names, nothing at all, slow, broken, locked. Always the development server.
import assert from 'node:assert/strict';
import { startMock } from '../../web/dev/mock.mjs';
import { noSideways, path, picture, text, until, watched } from './tools.mjs';

const PAGES = ['/', '/search', '/dash', '/dash?view=import', '/dash/starter-host', '/metrics', '/metrics?view=cardinality', '/metrics?view=table', '/metrics?explain=1', '/targets', '/add', '/status', '/settings', '/rules', '/alarms', '/alarms/new', '/alarms/definitions', '/alarms/definitions?tab=anomalies', '/alarms/notifications', '/alarms/notifications?tab=silences', '/alarms/notifications?tab=routing', '/alarms/notifications?tab=deliveries', '/cardinality', '/cardinality?by=size'];
const journey = (name, options, run, expect = []) => ({ name, mock: true, run: async ({ browser }) => {
  const m = await startMock(options);
  try { const w = await watched(browser, m.base, { expect }); await run(w, m, browser); await w.done(); } finally { await m.stop(); }
} });
const settled = (page) => until('settled', async () => (await page.locator('main .panel, main .side, main .alist').count()) > 0 && (await page.locator('main .skel').count()) === 0, 20_000);

export const journeys = [
  journey('hostile names are text on every page', { hostile: true }, async (w, m, browser) => {
    await w.page.goto(m.login);
    await until('signed in', () => !w.page.url().includes('#'));
    for (const narrow of [false, true]) {
      const v = narrow ? await watched(browser, m.base, { narrow }) : w;
      for (const p of [...PAGES, '/dash/h0', '/dash/h7']) {
        await v.page.goto(m.base + p);
        await settled(v.page);
        await new Promise((r) => setTimeout(r, 500));
        const found = await v.page.evaluate(() => ({ scripts: document.querySelectorAll('main script, main style, main iframe, main img, main [onerror]').length, links: [...document.querySelectorAll('a[href]')].filter((a) => a.origin !== location.origin || a.protocol === 'javascript:').map((a) => a.href) }));
        assert.deepEqual(found, { scripts: 0, links: [] }, p);
        await noSideways(v.page, p);
      }
      if (narrow) await v.done();
    }
    await w.page.goto(m.base + '/metrics');
    await settled(w.page);
    await until('the hostile name stands there as text', async () => (await w.page.locator('.tree-box').innerText()).includes('<img src=x'));
    await w.page.locator('.ti', { hasText: '<img src=x' }).first().click();
    await until('and can be asked for', () => path(w.page).includes('q='));
    await until('and is drawn', () => w.page.locator('.legend-t tbody tr').count());
    await until('and named in the tooltip', async () => {
      const b = await w.page.locator('.u-over').boundingBox();
      await w.page.mouse.move(b.x + b.width * (0.3 + Math.random() * 0.3), b.y + 60);
      return w.page.locator('.tip li').count();
    });
    await settled(w.page);
    await picture(w.page, 'hostile-metrics');
    await w.page.keyboard.press('Control+k');
    await until('the palette', () => w.page.locator('dialog[open] [role=combobox]:focus').count());
    await w.page.keyboard.type('<script');
    await until('the palette lists it', () => w.page.locator('.finder-list .pi').count());
    await w.page.keyboard.press('Escape');
  }, [/400/, /Failed to load resource/]),

  journey('rules show what rings first, open in place, and lead to Metrics', {}, async (w, m) => {
    await w.page.goto(m.base + '/rules');
    await until('what rings is first', async () => /^ALARM/.test((await w.page.locator('.rules-a tbody tr').first().innerText()).trim()));
    assert.match(await w.page.locator('.head').innerText(), /1 alert rings, 2 wait; 7 rules in 2 groups/);
    await until('the rail counts it', async () => (await w.page.locator('.rail .badge.alarm').innerText()) === '2');
    await noSideways(w.page, 'rules');
    await picture(w.page, 'rules-dark');
    await w.page.getByRole('button', { name: /^HostSilent/ }).click();
    await until('the rule is open', () => w.page.locator('.rule-d .snippet').count());
    await w.page.getByRole('button', { name: /^Failed/ }).click();
    await until('only what failed is shown', async () => (await w.page.locator('.rules-t tbody tr').count()) === 1 && path(w.page).includes('show=err'));
    await until('with its error', async () => /duplicate series/.test(await w.page.locator('.rules-t').innerText()));
    await w.page.getByRole('button', { name: /^All/ }).click();
    await w.page.getByLabel('Find a rule').fill('disk');
    await until('found by name', async () => (await w.page.locator('.rules-t tbody tr').count()) === 1);
    await w.page.locator('.rules-t a').first().click();
    await until('the expression is asked in Metrics', () => path(w.page).startsWith('/metrics') && path(w.page).includes('node_filesystem_avail_bytes'));
    await w.page.goBack();
    await until('back at the rules', () => w.page.locator('.rules-t').count());
  }),

  journey('rule files that are wrong are told, with the line', { full: true }, async (w, m) => {
    await w.page.goto(m.base + '/rules');
    await until('the error', async () => /line 14.*unclosed left parenthesis/.test(await w.page.locator('main').innerText()));
    await until('what stays in force', async () => /the rules before stay in force/.test(await w.page.locator('main').innerText()));
  }),

  journey('cardinality names the culprit and hands out a rule against it', {}, async (w, m) => {
    await w.page.goto(m.base + '/status');
    await w.page.getByRole('link', { name: 'Who makes series' }).click();
    await until('the culprit', async () => /New series of checkout_requests_total are refused: a limit is reached, by new values of session/.test(await w.page.locator('.head').innerText()));
    await noSideways(w.page, 'cardinality');
    await picture(w.page, 'cardinality-dark');
    await w.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await w.page.getByRole('button', { name: 'Copy drop rule' }).click();
    const rule = await until('a rule is copied', () => w.page.evaluate(() => navigator.clipboard.readText()));
    assert.match(rule, /source_labels: \[__name__\]\n {2}regex: 'checkout_requests_total'\n {2}action: drop/);
    await w.page.getByRole('radio', { name: 'What is large' }).click();
    await until('the largest metric', async () => /http_request_duration_seconds_bucket/.test(await w.page.locator('.card-m').first().innerText()) && path(w.page).includes('by=size'));
  }),

  journey('an empty server says why, everywhere', { empty: true }, async (w, m) => {
    for (const [p, words] of [['/', /no host metrics stored yet/], ['/metrics', /No metric has ever arrived/], ['/add', /Waiting for the first record/], ['/status', /nothing received yet/], ['/search', /Nothing saved yet/], ['/settings', /Keys need a login/], ['/rules', /No rule files yet/], ['/cardinality', /Nothing grows/]]) {
      await w.page.goto(m.base + p);
      await until(`${p} says ${words}`, async () => words.test(await w.page.locator('main').innerText()));
      await noSideways(w.page, p);
      await picture(w.page, `empty-${p.slice(1) || 'home'}`);
    }
  }),

  journey('a fault of the server is said in its panel, with its code', { broken: /status|metrics|query_range/ }, async (w, m) => {
    await w.page.goto(m.base + '/status');
    await until('the fault', async () => /bad crc[\s\S]*BF0801/.test(await text(w.page, '.fault')));
    await w.page.goto(m.base + '/');
    await until('Home still shows the host', async () => (await w.page.locator('.mini').count()) >= 12);
    await until('and names the fault beside it', async () => /bad crc/.test(await w.page.locator('.cols3').innerText()));
    await w.page.goto(m.base + '/metrics?q=up');
    await until('the query tells it', async () => /bad crc/.test(await w.page.locator('.col').innerText()));
    await picture(w.page, 'fault-metrics');
  }, [/500/]),

  journey('slow answers show progress, can be stopped, keep what was there', { slow: 5000 }, async (w, m) => {
    await w.page.goto(m.base + '/metrics?q=up');
    await until('progress', async () => /Loading/.test(await w.page.locator('main').innerText()));
    await until('a way to stop', () => w.page.getByRole('button', { name: 'Stop' }).count());
    await until('stopped', async () => { await w.page.getByRole('button', { name: 'Stop' }).first().click({ timeout: 1000 }).catch(() => {}); return w.page.getByRole('button', { name: 'Run again' }).count(); });
    await w.page.getByRole('button', { name: 'Run again' }).click();
    await until('the answer', () => w.page.locator('.legend-t tbody tr').count(), 40_000);
  }),

  journey('a locked server shows the login and nothing else', { locked: true }, async (w, m) => {
    await w.page.goto(m.base + '/status');
    await until('the login', () => w.page.getByRole('heading', { name: 'Sign in to Belfry' }).count());
    await picture(w.page, 'login-dark');
    await w.page.getByLabel('Login link or token').fill('wrong');
    await w.page.getByRole('button', { name: 'Use link' }).click();
    await until('refused', async () => /used up or wrong/.test(await text(w.page, '.login')));
    await w.page.getByLabel('Login link or token').fill(m.login);
    await w.page.getByRole('button', { name: 'Use link' }).click();
    await until('the page asked for', () => w.page.locator('.stage').count());
    assert.equal(path(w.page), '/status');
  }, [/401/]),

  journey('a lost server is said and found again', {}, async (w, m) => {
    await w.page.goto(m.base + '/');
    await until('connected', async () => /Connected/.test(await text(w.page, '.foot')));
    await until('the charts', async () => (await w.page.locator('.mini').count()) >= 12);
    await w.page.context().setOffline(true);
    await until('lost', async () => /Not connected/.test(await text(w.page, '.foot')));
    assert.ok((await w.page.locator('.mini').count()) >= 12, 'what was there stays');
    await w.page.context().setOffline(false);
    await until('found', async () => /^\s*Connected/.test(await text(w.page, '.foot')));
  }, [/ERR_INTERNET_DISCONNECTED/]),

  journey('a part of a chart is chosen, compared, zoomed to and left again', {}, async (w, m) => {
    const { page } = w;
    await page.goto(m.base + '/metrics?q=payment_pool_in_use&t=now-3h..now');
    await until('the chart', () => page.locator('.uplot .u-over').count());
    const b = await page.locator('.u-over').boundingBox();
    await page.mouse.move(b.x + b.width * 0.4, b.y + 60); await page.mouse.down(); await page.mouse.move(b.x + b.width * 0.55, b.y + 80, { steps: 6 }); await page.mouse.up();
    await until('what moves with it', async () => (await page.locator('.rel-item').count()) > 0 || /Nothing moves along/.test(await page.locator('.side.right').innerText()));
    await picture(page, 'metrics-brush-dark');
    const before = path(page);
    await page.getByRole('button', { name: /^Zoom to/ }).click();
    await until('zoomed', () => /t=\d{13}\.\.\d{13}/.test(path(page)));
    await until('drawn', () => page.locator('.u-over').count());
    const c = await page.locator('.u-over').boundingBox();
    await page.mouse.dblclick(c.x + c.width / 2, c.y + c.height / 2);
    await until('back', () => path(page) === before);
    await page.getByRole('radio', { name: 'Stacked' }).click();
    await until('stacked in the URL', () => path(page).includes('view=stacked'));
    await page.goto(m.base + '/metrics?q=' + encodeURIComponent('sum by (le) (rate(http_server_request_duration_seconds_bucket[5m]))') + '&view=heatmap');
    await until('the heatmap', () => page.locator('canvas.heat').count());
    await new Promise((r) => setTimeout(r, 500));
    await picture(page, 'metrics-heatmap-dark');
    // A click on a label value narrows the query, a chip in the search bar travels along.
    await page.goto(m.base + '/metrics?q=up');
    await until('labels', () => page.locator('button.vrow').count());
    await page.locator('button.vrow', { hasText: 'belfry' }).first().click();
    await until('the filter is in the query', () => decodeURIComponent(path(page)).includes('job="belfry"'));
    await page.keyboard.press('Control+k');
    await until('the palette', () => page.locator('dialog[open] [role=combobox]:focus').count());
    await page.keyboard.type('job=node'); await page.keyboard.press('Enter');
    await until('a chip', () => page.locator('.top .omni .chip', { hasText: 'node' }).count());
    await page.keyboard.press('Escape');
    await page.locator('.rail a', { hasText: 'Status' }).click();
    await until('the chip travels', () => path(page) === '/status?f=job:node');
  }),

  journey('everything works under a base path', { base: '/deep/belfry' }, async (w, m) => {
    await w.page.goto(m.login);
    await until('signed in', () => !w.page.url().includes('#'));
    await until('charts', async () => (await w.page.locator('.mini').count()) >= 12);
    await w.page.locator('.rail a', { hasText: 'Metrics' }).click();
    await until('Metrics', () => path(w.page) === '/deep/belfry/metrics');
    await until('the chart', () => w.page.locator('.uplot').count());
    await w.page.reload();
    await until('again after a reload', () => w.page.locator('.uplot').count());
    await w.page.goto(m.base + '/add');
    await until('snippets name the whole address', async () => (await text(w.page, '.snippet pre')).includes(m.base + '/api/v1/write'));
    await w.page.goBack();
    await until('back', () => path(w.page) === '/deep/belfry/metrics');
  }),

  journey('demo data starts and goes', {}, async (w, m) => {
    await w.page.goto(m.login);
    await until('signed in', () => !w.page.url().includes('#'));
    await w.page.goto(m.base + '/add?tab=demo');
    await w.page.getByRole('button', { name: 'Start' }).click();
    await until('running', async () => /Running with/.test(await text(w.page, '.light')));
    await w.page.getByRole('button', { name: 'Remove all of it' }).click();
    await until('gone', async () => /Not running/.test(await text(w.page, '.light')));
  }),

  journey('reduced motion, forced colours and 200 % zoom stay whole', {}, async (w, m, browser) => {
    const v = await watched(browser, m.base, { still: true, context: { viewport: { width: 720, height: 450 }, deviceScaleFactor: 2, forcedColors: 'active' } });
    for (const p of ['/', '/metrics', '/status', '/add']) { await v.page.goto(m.base + p); await settled(v.page); await noSideways(v.page, p); }
    const moving = await v.page.evaluate(() => document.getAnimations().length);
    assert.equal(moving, 0, 'nothing moves');
    await v.done();
    await w.page.goto(m.base + '/');
  }),
];
