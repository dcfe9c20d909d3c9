// Journeys of the Dashboards page: made, edited, saved, found again, imported, in conflict, deleted. On the binary and the development server.
import assert from 'node:assert/strict';
import { noSideways, path, picture, text, unspoken, until, watched } from './tools.mjs';

const journey = (name, run) => ({ name, run });
const STORED_MS = 45_000;
const panels = (page) => page.locator('.board .cell:not(.row)');
const shownPanels = (page, n) => until(`${n} panels`, async () => (await panels(page).count()) === n);
const drawnPanels = (page) => page.locator('.dp .uplot canvas, .dp .stat-v, .dp .heat, .dp .gauge, .dp .barrow, .dp .dp-t').count();

/** Signed in as the admin: by a fresh link, because the printed one works once. */
async function admin(browser, server, o = {}) {
  const w = await watched(browser, server.base, o);
  if (!server.session) {
    const first = await watched(browser, server.base, { expect: [/401/] });
    await first.page.goto(server.link?.() ?? server.login);
    await until('the token is gone from the URL', () => !first.page.url().includes('#'));
    await until('signed in is said', async () => /Signed in/.test(await text(first.page, '.toasts')));
    server.session ??= await first.context.storageState();
    await first.done();
  }
  await w.context.addCookies(server.session.cookies);
  return w;
}
const type = async (page, label, value) => { const f = page.getByLabel(label, { exact: true }).first(); await f.fill(value); };
async function query(page, letter, value) {
  const row = page.locator('.qrow').nth(letter.charCodeAt(0) - 65);
  await row.locator('textarea, .cm-content').first().click();
  await until('the editor', () => row.locator('.cm-content').count());
  await row.locator('.cm-content').focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(value);
  await page.keyboard.press('Control+Enter');
}

export const journeys = [
  journey('dashboards that come with Belfry show data on the first start', async ({ browser, server }) => {
    const w = await watched(browser, server.base);
    await w.page.goto(server.base + '/');
    await until('Home', () => w.page.locator('main h1').count());  // keys are heard once the page stands
    await w.page.keyboard.press('g'); await w.page.keyboard.press('d');
    await until('the list', async () => path(w.page) === '/dash' && /Come with Belfry/.test(await w.page.locator('main').innerText()));
    assert.deepEqual(await unspoken(w.page), []);
    await w.page.getByRole('link', { name: 'Hosts' }).click();
    await until('its panels', async () => (await panels(w.page).count()) >= 8);
    await until('values in them', async () => (await drawnPanels(w.page)) >= 5, STORED_MS);
    await until('a load', async () => /\d/.test(await w.page.locator('.dp', { hasText: 'Load' }).locator('.stat-v').first().innerText()), STORED_MS);
    await noSideways(w.page, 'a dashboard');
    assert.deepEqual(await unspoken(w.page), []);
    await picture(w.page, 'dash-hosts-dark');
    // A panel alone, and back; the address can be shared.
    await w.page.getByRole('button', { name: 'Panel CPU by mode alone' }).click();
    await until('one panel', async () => (await w.page.locator('.dp').count()) === 1 && path(w.page).includes('panel='));
    await w.page.keyboard.press('Escape');
    await until('all panels', async () => (await w.page.locator('.dp').count()) >= 8);
    // A row folds, and says so in the address.
    await w.page.getByRole('button', { name: 'Disks and network' }).click();
    await until('folded', async () => path(w.page).includes('folded='));
    // A stretch of time is chosen with the mouse, on all panels at once.
    const over = w.page.locator('.dp .u-over').first();
    await over.scrollIntoViewIfNeeded();
    const b = await over.boundingBox();
    await w.page.mouse.move(b.x + b.width * 0.5, b.y + 40); await w.page.mouse.down(); await w.page.mouse.move(b.x + b.width * 0.9, b.y + 40, { steps: 5 }); await w.page.mouse.up();
    await until('the time is in the address', () => /t=\d{13}\.\.\d{13}/.test(path(w.page)));
    await w.page.goto(server.base + '/dash/starter-belfry');
    await until('Belfry itself', async () => (await drawnPanels(w.page)) >= 5, STORED_MS);
    await picture(w.page, 'dash-belfry-dark');
    await w.done();
  }),

  journey('a dashboard is made, edited by mouse and keys, saved, found, exported and deleted', async ({ browser, server }) => {
    const w = await admin(browser, server), name = `Journey ${Date.now()}`;
    await w.page.goto(server.base + '/dash');
    await w.page.getByRole('link', { name: 'New', exact: true }).click();
    await until('edit mode', async () => path(w.page) === '/dash/new' && /No panels yet/.test(await w.page.locator('main').innerText()));
    await w.page.getByRole('button', { name: 'About', exact: true }).click();
    await type(w.page, 'Title', name); await type(w.page, 'Tags', 'journey, test'); await type(w.page, 'Folder', 'Trips');
    await w.page.locator('.drawer').getByRole('button', { name: 'Done' }).click();
    for (const kind of ['Time series', 'Stat', 'Text']) {
      await w.page.getByRole('button', { name: 'Add panel' }).click();
      await w.page.getByRole('button', { name: kind, exact: true }).click();
      await until('the drawer', () => w.page.locator('.drawer .preview').count());
      await w.page.locator('.drawer').getByLabel('Title', { exact: true }).fill(`P ${kind}`);
      if (kind === 'Text') await w.page.locator('.drawer').getByRole('textbox', { name: 'Text', exact: true }).fill('## Hello\n<b>not bold</b> **bold**');
      else await query(w.page, 'A', kind === 'Stat' ? 'count(up) or vector(7)' : 'vector(3)');
      await w.page.locator('.drawer').getByRole('button', { name: 'Done' }).click();
    }
    await shownPanels(w.page, 3);
    await until('values', async () => (await w.page.locator('.dp .uplot canvas').count()) === 1 && (await w.page.locator('.dp .stat-v').count()) === 1);
    assert.equal(await w.page.locator('.md h4').innerText(), 'Hello'); assert.match(await w.page.locator('.md').innerText(), /<b>not bold<\/b> bold/);
    // By keys: the first panel one line down past what is below, wider by Shift; then undone.
    const before = await panels(w.page).first().getAttribute('style');
    await w.page.getByRole('button', { name: /^Move P Time series/ }).focus();
    await w.page.keyboard.press('Shift+ArrowRight');
    await until('it is wider', async () => /span 13/.test(await panels(w.page).first().getAttribute('style')));
    await w.page.keyboard.press('Control+Z');
    await until('undone', async () => (await panels(w.page).first().getAttribute('style')) === before);
    // By mouse: its corner, then its handle.
    const corner = await w.page.getByRole('button', { name: /^Size of P Time series/ }).boundingBox();
    await w.page.mouse.move(corner.x + 10, corner.y + 10); await w.page.mouse.down(); await w.page.mouse.move(corner.x + 10, corner.y + 90, { steps: 6 }); await w.page.mouse.up();
    await until('it is higher', async () => /span 10/.test(await panels(w.page).first().getAttribute('style')));
    const placed = await w.page.locator('.cell', { hasText: 'P Stat' }).getAttribute('style'), handle = await w.page.getByRole('button', { name: /^Move P Stat/ }).boundingBox();
    await w.page.mouse.move(handle.x + 10, handle.y + 10); await w.page.mouse.down(); await w.page.mouse.move(40 + 240, handle.y + 500, { steps: 12 }); await w.page.mouse.up();
    await until('it has moved', async () => (await w.page.locator('.cell', { hasText: 'P Stat' }).getAttribute('style')) !== placed);
    await picture(w.page, 'dash-edit-dark');
    assert.deepEqual(await unspoken(w.page), []);
    // Leaving asks first.
    await w.page.getByRole('link', { name: 'Home' }).first().click();
    await until('asked', () => w.page.getByRole('dialog', { name: 'Changes are not saved' }).count());
    await w.page.getByRole('button', { name: 'Go on editing' }).click();
    await w.page.keyboard.press('Control+S');
    await until('saved under its own address', () => /^\/dash\/(?!new)\w+/.test(path(w.page)));
    const at = path(w.page);
    await w.page.reload();
    await shownPanels(w.page, 3);
    await until('values again', async () => (await drawnPanels(w.page)) >= 2);
    const [file] = await Promise.all([w.page.waitForEvent('download'), (async () => { await w.page.getByRole('button', { name: 'More about this dashboard' }).click(); await w.page.getByRole('button', { name: 'Export as JSON' }).click(); })()]);
    const chunks = []; for await (const c of await file.createReadStream()) chunks.push(c);
    const json = JSON.parse(Buffer.concat(chunks).toString());
    assert.equal(json.title, name); assert.equal(json.panels.length, 3);
    // The list finds it by words and by tag.
    await w.page.goto(server.base + '/dash');
    await w.page.getByLabel('Find a dashboard').fill(name.toLowerCase());
    await until('found', async () => (await w.page.locator('.dl .acts').count()) === 1 && /Trips/.test(await w.page.locator('main').innerText()));
    await w.page.getByRole('button', { name: 'journey', exact: true }).first().click();
    await until('by its tag', async () => path(w.page).includes('tag=journey') && (await w.page.locator('.dl .acts').count()) >= 1);
    await picture(w.page, 'dash-list-dark');
    await w.page.getByRole('button', { name: `Delete ${name}` }).click();
    await w.page.getByRole('button', { name: 'Delete', exact: true }).click();
    await until('gone', async () => (await w.page.locator('.dl', { hasText: name }).count()) === 0);
    await w.page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await until('brought back', async () => (await w.page.request.get(server.base + '/api/v1/belfry/dashboards' + at.replace('/dash', ''))).status() === 200);
    await w.done();
  }),

  journey('variables: asked from the server, chained, several at once, in the URL, repeating panels', async ({ browser, server }) => {
    const w = await admin(browser, server);
    await w.page.goto(server.base + '/dash');
    const made = await w.page.evaluate(async ([csrf, body]) => (await fetch('/api/v1/belfry/dashboards', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Belfry-Csrf': csrf }, body: JSON.stringify(body) })).json(), [(await (await w.page.request.get(server.base + '/api/v1/belfry/session')).json()).csrf, {
      format: 1, title: 'With variables', variables: [{ name: 'mode', type: 'query', query: 'label_values(node_cpu_seconds_total, mode)', multi: true, all: true, sort: 'name' }, { name: 'cpu', type: 'query', query: 'label_values(node_cpu_seconds_total{mode=~"$mode"}, cpu)' }, { name: 'win', type: 'interval', query: '1m,5m,10m' }, { name: 'find', label: 'Text', type: 'textbox', query: 'x' }],
      panels: [{ id: 1, type: 'stat', title: 'Mode $mode', repeat: 'mode', x: 0, y: 0, w: 6, h: 4, queries: [{ expr: 'sum(rate(node_cpu_seconds_total{mode=~"$mode"}[$win]))' }], unit: 'ratio' }, { id: 2, type: 'text', title: 'Said', text: 'find $find in $mode', x: 0, y: 4, w: 24, h: 4 }] }]);
    assert.ok(made.id, JSON.stringify(made));
    await w.page.goto(`${server.base}/dash/${made.id}?var-mode=user,system`);
    await until('two repetitions', async () => (await w.page.locator('.cell', { hasText: /Mode (user|system)/ }).count()) === 2, STORED_MS);
    await until('written out', async () => /find x in user \+ system/.test(await w.page.locator('.md').innerText()));
    await w.page.getByRole('button', { name: /^mode: / }).click();
    await w.page.getByRole('dialog', { name: 'mode' }).getByRole('button', { name: 'idle', exact: true }).click();
    await until('three of them', async () => (await w.page.locator('.cell', { hasText: /Mode (user|system|idle)/ }).count()) === 3 && path(w.page).includes('var-mode=idle,system,user'));
    await w.page.getByRole('dialog', { name: 'mode' }).getByRole('button', { name: 'All', exact: true }).click();
    await until('all of them', async () => (await w.page.locator('.cell', { hasText: /Mode \w+/ }).count()) >= 5);
    await w.page.keyboard.press('Escape');
    await w.page.getByLabel('Text', { exact: true }).fill('needle'); await w.page.keyboard.press('Enter');
    await until('the text is in the URL', async () => path(w.page).includes('var-find=needle') && /find needle/.test(await w.page.locator('.md').innerText()));
    await w.page.goBack();
    await until('Back undoes the choice', async () => /find x/.test(await w.page.locator('.md').innerText()));
    await until('values', async () => (await w.page.locator('.stat-v').allInnerTexts()).some((t) => /\d/.test(t)), STORED_MS);
    await picture(w.page, 'dash-variables-dark');
    // Its editor shows what a query gives.
    await w.page.getByRole('button', { name: 'Edit', exact: true }).click();
    await w.page.getByRole('button', { name: 'Variables', exact: true }).click();
    await w.page.locator('.var-e').first().getByRole('button').first().click();
    await until('the values', async () => /idle/.test(await w.page.locator('.var-e').first().innerText()));
    assert.deepEqual(await unspoken(w.page), []);
    await w.done();
  }),

  journey('a Grafana dashboard is imported with an account of it, which is kept', async ({ browser, server }) => {
    const w = await admin(browser, server);
    await w.page.goto(server.base + '/dash?view=import');
    const json = { title: 'From elsewhere', schemaVersion: 36, tags: ['moved'], time: { from: 'now-3h', to: 'now' }, templating: { list: [{ type: 'query', name: 'mode', query: 'label_values(node_cpu_seconds_total, mode)', includeAll: true, multi: true, current: { value: ['$__all'] } }, { type: 'adhoc', name: 'odd' }] }, panels: [
      { type: 'timeseries', title: 'CPU', gridPos: { x: 0, y: 0, w: 12, h: 8 }, targets: [{ refId: 'A', expr: 'sum by (mode) (rate(node_cpu_seconds_total{mode=~"$mode"}[$__rate_interval]))', legendFormat: '{{mode}}' }], fieldConfig: { defaults: { unit: 'percentunit' }, overrides: [] } },
      { type: 'logs', title: 'Lines', gridPos: { x: 12, y: 0, w: 12, h: 8 }, datasource: { type: 'loki' }, targets: [{ expr: '{}' }] },
      { type: 'stat', title: '<img src=x onerror=alert(1)>', gridPos: { x: 0, y: 8, w: 6, h: 4 }, targets: [{ refId: 'A', expr: 'node_load1' }], transformations: [{ id: 'organize' }] }] };
    await w.page.getByLabel('JSON').fill('{"broken"');
    await w.page.getByRole('button', { name: 'Read it' }).click();
    await until('told that it is none', async () => /is no JSON/.test(await w.page.locator('main p[role=alert], dialog p[role=alert]').first().innerText()));
    await w.page.locator('input[type=file]').setInputFiles({ name: 'moved.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(json)) });
    await until('the report', async () => { const t = await w.page.locator('.report').innerText(); return /Lines[\s\S]*not converted/.test(t) && /organize/.test(t) && /odd/.test(t); });
    await picture(w.page, 'dash-import-dark');
    assert.deepEqual(await unspoken(w.page), []);
    await w.page.getByRole('button', { name: 'Save', exact: true }).click();
    await until('its page', () => /^\/dash\/\w+/.test(path(w.page)) && !path(w.page).startsWith('/dash/new'));
    await shownPanels(w.page, 3);
    await until('it draws', async () => (await w.page.locator('.dp .uplot canvas').count()) === 1 && (await w.page.locator('.dp .stat-v').count()) === 1, STORED_MS);
    assert.match(path(w.page), /t=now-3h\.\.now/);
    await w.page.getByRole('button', { name: /^Imported, \d+ differ/ }).click();
    await until('the account is kept', async () => /Lines/.test(await w.page.locator('.drawer .report').innerText()));
    assert.equal(await w.page.locator('main img').count(), 0);
    await w.done();
  }),

  journey('two people change one dashboard: the second is told, and nothing is lost', async ({ browser, server }) => {
    const a = await admin(browser, server, { expect: [/409/] }), b = await admin(browser, server);
    const csrf = (await (await a.page.request.get(server.base + '/api/v1/belfry/session')).json()).csrf;
    await a.page.goto(server.base + '/dash');
    const made = await a.page.evaluate(async ([token]) => (await fetch('/api/v1/belfry/dashboards', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Belfry-Csrf': token }, body: JSON.stringify({ format: 1, title: 'Shared', panels: [{ id: 1, type: 'text', title: 'T', text: 'first', x: 0, y: 0, w: 12, h: 5 }] }) })).json(), [csrf]);
    const open = async (w) => { await w.page.goto(`${server.base}/dash/${made.id}`); await shownPanels(w.page, 1); await w.page.getByRole('button', { name: 'Edit', exact: true }).click(); await w.page.getByRole('button', { name: 'Edit panel T' }).click(); };
    const write = (w, t) => w.page.locator('.drawer').getByRole('textbox', { name: 'Text', exact: true }).fill(t);
    await open(a); await open(b);
    await write(b, 'from b'); await b.page.locator('.drawer').getByRole('button', { name: 'Done' }).click();
    await b.page.getByRole('button', { name: 'Save', exact: true }).click();
    await until('b has saved', async () => /Saved/.test(await text(b.page, '.toasts')));
    await write(a, 'from a'); await a.page.locator('.drawer').getByRole('button', { name: 'Done' }).click();
    await a.page.getByRole('button', { name: 'Save', exact: true }).click();
    await until('a is told', async () => /saved version 2/.test(await a.page.getByRole('dialog').innerText()));
    await picture(a.page, 'dash-conflict-dark');
    await a.page.getByRole('button', { name: 'Save mine over it' }).click();
    await until('a has saved on top', async () => /version 3/.test(await text(a.page, '.toasts')));
    await b.page.reload();
    await until('b sees it', async () => /from a/.test(await b.page.locator('.md').innerText()));
    // The older one is still there.
    await b.page.getByRole('button', { name: 'Edit', exact: true }).click(); await b.page.getByRole('button', { name: 'About', exact: true }).click();
    await until('three versions', async () => (await b.page.locator('.vers li').count()) === 3);
    await b.page.locator('.vers li').nth(1).getByRole('button', { name: 'Show' }).click();
    await until('shown', async () => /from b/.test(await b.page.locator('.md').first().innerText()));
    await b.page.getByRole('button', { name: 'Undo', exact: true }).first().click();
    await a.done(); await b.done();
  }),

  journey('a chart of the Metrics page goes onto a dashboard', async ({ browser, server }) => {
    const w = await admin(browser, server);
    await w.page.goto(server.base + '/metrics?q=vector(5)&view=stacked');
    await until('the chart', () => w.page.locator('.uplot canvas').count(), STORED_MS);
    await w.page.getByRole('button', { name: 'Add to dashboard' }).click();
    await w.page.getByRole('link', { name: 'New dashboard' }).click();
    await until('it is there, to be saved', async () => /^\/dash\/new/.test(path(w.page)) && !path(w.page).includes('add=') && (await panels(w.page).count()) === 1);
    await until('drawn', async () => (await w.page.locator('.board .uplot canvas').count()) === 1);
    await w.page.getByRole('button', { name: 'Cancel' }).click();
    await w.page.getByRole('button', { name: 'Leave' }).click();
    await until('the list', () => path(w.page).startsWith('/dash') && !path(w.page).includes('new'));
    await w.done();
  }),

  journey('dashboards in light and narrow', async ({ browser, server }) => {
    const light = await watched(browser, server.base, { light: true });
    for (const [name, p] of [['list', '/dash'], ['hosts', '/dash/starter-host'], ['belfry', '/dash/starter-belfry']]) {
      await light.page.goto(server.base + p);
      if (name !== 'list') await until('values', async () => (await drawnPanels(light.page)) >= 5, STORED_MS); else await until('the list', async () => /Come with/.test(await light.page.locator('main').innerText()));
      await noSideways(light.page, p);
      await picture(light.page, `dash-${name}-light`);
    }
    await light.done();
    const w = await admin(browser, server, { narrow: true });
    for (const [name, p] of [['list', '/dash'], ['hosts', '/dash/starter-host']]) {
      await w.page.goto(server.base + p);
      if (name === 'hosts') await until('values', async () => (await drawnPanels(w.page)) >= 2, STORED_MS);
      await noSideways(w.page, p);
      await picture(w.page, `dash-${name}-dark-390`);
    }
    await w.page.getByRole('button', { name: 'Edit a copy' }).click();
    await until('edit mode', async () => path(w.page) === '/dash/new' || path(w.page).startsWith('/dash/new?'));
    await w.page.getByRole('button', { name: 'Edit panel CPU busy' }).click();
    await until('the drawer', () => w.page.locator('.drawer').count());
    await noSideways(w.page, 'the drawer');
    await picture(w.page, 'dash-drawer-dark-390');
    await w.done();
  }),
];
