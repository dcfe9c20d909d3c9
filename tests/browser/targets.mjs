// The targets page: of a healthy list, of an empty server, and of any server.
import assert from 'node:assert/strict';
import { startMock } from '../../web/dev/mock.mjs';
import { noSideways, picture, text, unspoken, until, watched } from './tools.mjs';

const rows = (page) => page.locator('.tg tbody tr:not(.tg-e):not(.tg-d)');
const mock = (name, options, run) => ({ name, mock: true, run: async ({ browser }) => {
  const m = await startMock(options);
  try { const w = await watched(browser, m.base); await run(w, m, browser); await w.done(); } finally { await m.stop(); }
} });

export const journeys = [
  mock('Targets: what is down stands first with its reason, opens, filters and leads to its series', {}, async (w, m, browser) => {
    await w.page.goto(m.base + '/targets');
    await until('the rows', async () => (await rows(w.page).count()) === 9);
    assert.match(await text(w.page, '.head'), /2 DOWN/);
    assert.match(await text(w.page, '.head'), /7 of 9 targets answer, 2 do not, in 3 jobs/);
    assert.match(await rows(w.page).first().innerText(), /down[\s\S]*edge-3:9100/);
    assert.match(await text(w.page, '.tg-e'), /Connection refused/);
    await picture(w.page, 'targets-dark');
    await rows(w.page).first().locator('.tg-b').click();
    await until('the details', async () => /Before relabelling/.test(await text(w.page, '.tg-more')));
    assert.match(w.page.url(), /sel=/);
    assert.deepEqual(await unspoken(w.page), [], 'for a screen reader');
    await picture(w.page, 'targets-open-dark');
    await w.page.getByLabel('Find a target').fill('db-1');
    await until('one row', async () => (await rows(w.page).count()) === 1);
    await w.page.getByLabel('Find a target').fill('');
    await w.page.getByRole('radio', { name: 'Not up' }).click();
    await until('those that are down', async () => (await rows(w.page).count()) === 2);
    await w.page.getByRole('radio', { name: 'Dropped' }).click();
    await until('the dropped one', async () => /edge-9:9100/.test(await text(w.page, 'main')));
    await w.page.getByRole('radio', { name: 'All' }).click();
    await w.page.locator('.tg a.link').nth(1).click();
    await until('its series', async () => w.page.url().includes('/metrics') && decodeURIComponent(w.page.url()).includes('job="node"'));
    const light = await watched(browser, m.base, { light: true });
    await light.page.goto(m.base + '/targets');
    await until('the rows', async () => (await rows(light.page).count()) === 9);
    await picture(light.page, 'targets-light');
    await light.done();
    const narrow = await watched(browser, m.base, { narrow: true });
    await narrow.page.goto(m.base + '/targets');
    await until('the cards', async () => (await narrow.page.locator('.card').count()) === 9);
    await noSideways(narrow.page, 'Targets at 390 px');
    await picture(narrow.page, 'targets-390');
    await narrow.done();
  }),
  mock('Targets: an empty server says how to begin', { empty: true }, async (w, m) => {
    await w.page.goto(m.base + '/targets');
    await until('the words', async () => /Nothing is scraped yet/.test(await text(w.page, 'main')));
    assert.match(await text(w.page, 'main'), /belfry serve --scrape/);
    await picture(w.page, 'targets-empty-dark');
  }),
];
