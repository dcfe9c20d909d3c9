// Journeys of the alarms: from a chart to a rung bell and a told webhook, and everything around it.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { startMock } from '../../web/dev/mock.mjs';
import { noSideways, path, picture, text, unspoken, until, watched } from './tools.mjs';

const journey = (name, run) => ({ name, run });
const RING_MS = 150_000;  // a PromQL alarm is looked at once a minute; the first data take seconds

/** A webhook that keeps what it is told. */
async function webhook() {
  const got = [], server = createServer((req, res) => { let body = ''; req.on('data', (d) => { body += d; }); req.on('end', () => { got.push({ url: req.url, headers: req.headers, body }); res.writeHead(200); res.end('thank you'); }); });
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  return { url: `http://127.0.0.1:${server.address().port}/hook`, got, stop: () => new Promise((r) => { server.closeAllConnections(); server.close(r); }) };
}
const login = async (w, server) => { await w.page.goto(server.link ? server.link() : server.login); await until('signed in', async () => (await (await w.page.request.get(server.base + '/api/v1/belfry/session')).json()).csrf); };
const dialog = (page) => page.locator('dialog[open]');

export const journeys = [
  journey('from a chart to a rung bell: method, test, alarm, acknowledge, mute, silence', async ({ browser, server }) => {
    const hook = await webhook(), w = await watched(browser, server.base), p = w.page;
    await login(w, server);
    // Somebody to tell.
    await p.goto(server.base + '/alarms/notifications');
    await p.getByRole('button', { name: 'New method' }).first().click();
    await p.getByLabel('Name', { exact: true }).fill('bell hook');
    await p.getByLabel('Type', { exact: true }).selectOption('WEBHOOK');
    await p.getByLabel('Address').fill(hook.url);
    await p.getByRole('button', { name: 'Save', exact: true }).click();
    const row = p.locator('.meths tr', { hasText: 'bell hook' });
    await until('the method is listed', () => row.count());
    await row.getByRole('button', { name: 'Test' }).click();
    await until('the answer of the test', async () => /arrived/.test(await p.locator('.meths').innerText()));
    if (server.real) assert.ok(hook.got.length >= 1, 'the webhook heard the test');
    await picture(p, 'alarms-methods-dark');
    // Alarm on this: a chart opens the editor filled in.
    await p.goto(server.base + '/metrics?q=' + encodeURIComponent('node_load1'));
    await until('the chart', () => p.locator('.uplot canvas').count(), 60_000);
    await p.getByRole('link', { name: 'Alarm on this' }).click();
    await until('the editor has the query', async () => (await p.locator('.ed-stack textarea').inputValue()) === 'node_load1');
    await until('a limit was guessed', async () => Number(await p.getByLabel('Limit', { exact: true }).inputValue()) > 0);
    await p.getByLabel('Limit', { exact: true }).fill('-1');
    await p.getByLabel('Name', { exact: true }).fill('Load seen');
    await p.getByLabel('For', { exact: true }).fill('');
    await p.getByLabel('Looked at every').fill('1s');
    await until('what matches now', async () => /1 series|4 series/.test(await p.locator('section[aria-labelledby=mt]').innerText()));
    await until('tried on the last week', async () => /time|rung|stored/.test(await p.locator('section[aria-labelledby=tr]').innerText()), 60_000);
    await p.getByLabel('Tell bell hook when ALARM').check();
    assert.deepEqual(await unspoken(p), [], 'the editor speaks');
    await noSideways(p, 'the editor');
    await picture(p, 'alarms-editor-dark');
    await p.getByRole('button', { name: 'Make alarm' }).click();
    await until('the list', () => path(p).startsWith('/alarms?'));
    const ringing = p.locator('.arow', { hasText: 'Load seen' });
    await until('it rings', async () => (await ringing.locator('.c-alarm').count()) > 0, RING_MS);
    await until('the badge counts it', async () => Number(await p.locator('.rail .badge').innerText()) >= 1);
    if (server.real) await until('the webhook was told', () => hook.got.some((g) => /Load seen/.test(g.body)), RING_MS);
    // Detail: sentence, chart with its limit, words.
    await ringing.locator('a').click();
    await until('the detail', async () => /ALARM/.test(await text(p, '.adetail')));
    await until('its chart', () => p.locator('.adetail .uplot canvas').count(), 60_000);
    await until('rings when', async () => /above/.test(await p.locator('section[aria-labelledby=rw]').innerText()));
    if (server.real) await until('who was told', async () => /bell hook/.test(await p.locator('section[aria-labelledby=hi]').innerText()), RING_MS);
    assert.deepEqual(await unspoken(p), [], 'the detail speaks');
    await noSideways(p, 'the detail');
    await picture(p, 'alarms-dark');
    // Acknowledge needs a reason and an end.
    await p.getByRole('button', { name: 'Acknowledge' }).click();
    assert.ok(await dialog(p).getByRole('button', { name: 'Acknowledge' }).isDisabled(), 'no reason, no acknowledgement');
    await dialog(p).getByLabel('Reason').fill('looking at it');
    await dialog(p).getByRole('button', { name: 'Acknowledge' }).click();
    await until('acknowledged', async () => /Acknowledged[\s\S]*looking at it/.test(await text(p, '.adetail')));
    // Mute, and take it back.
    await p.getByRole('button', { name: 'Mute…' }).click();
    await dialog(p).getByLabel('Reason').fill('planned');
    await dialog(p).getByRole('radio', { name: 'other' }).click();
    await dialog(p).getByLabel('How long, or until when').fill('45m');
    await dialog(p).getByRole('button', { name: 'Mute', exact: true }).click();
    await until('muted', async () => /Muted until/.test(await text(p, '.adetail')));
    await p.getByRole('button', { name: 'Unmute' }).click();
    await until('heard again', async () => (await p.getByRole('button', { name: 'Mute…' }).count()) === 1);
    // A silence from the alarm, ended again.
    await p.getByRole('button', { name: 'More about this alarm' }).click();
    await p.getByRole('link', { name: 'Silence alarms like this' }).click();
    await until('the form has its name', async () => (await p.getByLabel('Value 1').inputValue()) === 'Load seen');
    await p.getByLabel('Reason').fill('maintenance');
    await p.getByRole('button', { name: 'Silence', exact: true }).click();
    const sil = p.locator('.sils tr', { hasText: 'Load seen' });
    await until('the silence is active', async () => /in \d/.test(await sil.innerText()));
    await picture(p, 'alarms-silences-dark');
    await sil.getByRole('button', { name: 'End now' }).click();
    await until('it has ended', async () => (await sil.getByRole('button', { name: 'Again…' }).count()) === 1);
    // What was sent.
    if (server.real) { await p.getByRole('radio', { name: 'Deliveries' }).click(); await until('the delivery', async () => /Load seen[\s\S]*bell hook[\s\S]*sent/.test(await p.locator('.dels').innerText())); await picture(p, 'alarms-deliveries-dark'); }
    // Home tells of it.
    await p.goto(server.base + '/');
    await until('the tile', async () => /Load seen|Alarms/.test(await text(p, '.tiles .tile')));
    await until('the feed', async () => /rings/.test(await text(p, '.cols3 .feed')));
    await until('the watch', async () => /all alarms together/.test(await text(p, '.watch')));
    // The definition goes, its alarms with it.
    await p.goto(server.base + '/alarms/definitions?q=Load%20seen');
    await p.getByRole('button', { name: 'Delete Load seen' }).click();
    await dialog(p).getByRole('button', { name: 'Delete the definition' }).click();
    await until('gone', async () => (await p.locator('.defs tr', { hasText: 'Load seen' }).count()) === 0);
    await w.done();
    await hook.stop();
  }),

  journey('a condition in words and in Monasca\'s text is the same thing', async ({ browser, server }) => {
    const w = await watched(browser, server.base), p = w.page;
    await login(w, server);
    await p.goto(server.base + '/alarms/new');
    await p.getByLabel('Function').selectOption('avg');
    await p.getByLabel('Metric', { exact: true }).fill('cpu.idle_perc');
    await p.getByLabel('Comparison').selectOption('<');
    await p.getByLabel('Limit', { exact: true }).fill('10');
    await p.getByLabel('How many periods').fill('3');
    await p.getByLabel('Name of a label').fill('hostname'); await p.getByLabel('Its value').fill('tower-1'); await p.getByLabel('Its value').press('Enter');
    await until('the text', async () => (await text(p, '.expr-p')).includes('avg(cpu.idle_perc{hostname=tower-1}) < 10 times 3'));
    await p.getByRole('radio', { name: 'Text', exact: true }).click();
    await p.getByLabel('Expression').fill('max(cpu.idle_perc, 120) >= 5 times 2 or min(b) < 1');
    await until('it is understood', async () => /no condition|Nothing matches|series/i.test(await p.locator('section[aria-labelledby=mt]').innerText()));
    await new Promise((r) => setTimeout(r, 900));
    await p.getByRole('radio', { name: 'Words', exact: true }).click();
    await until('two conditions', async () => (await p.locator('.part').count()) === 2);
    assert.equal(await p.getByLabel('Joined by').inputValue(), 'or');
    await p.getByRole('radio', { name: 'Text', exact: true }).click();
    await p.getByLabel('Expression').fill('max(cpu.idle_perc >');
    await until('why it is wrong', async () => (await p.locator('section[aria-labelledby=cd] [role=alert]').count()) === 1);
    await w.done();
  }),

  journey('alarms by keyboard alone', async ({ browser }) => {
    const m = await startMock();
    const w = await watched(browser, m.base), p = w.page;
    await p.goto(m.base + '/');
    await until('Home', () => p.locator('.tiles').count());
    await p.keyboard.press('g'); await p.keyboard.press('a');
    await until('the list', async () => (await p.locator('.abody .arow a').count()) > 10);
    await p.keyboard.press('j'); await p.keyboard.press('j');
    assert.match(await p.evaluate(() => document.activeElement.innerText), /Payment failures/);
    await p.keyboard.press('Enter');
    await until('the detail', async () => /Payment failures/.test(await text(p, '.adetail .dt')));
    await p.keyboard.press('k');
    await until('the one before', async () => /Checkout slow/.test(await text(p, '.adetail .dt')));
    await p.keyboard.press('Escape');
    await until('closed', () => path(p) === '/alarms');
    await until('the focus is back in its row', async () => /Checkout slow/.test(await p.evaluate(() => document.activeElement?.innerText ?? '')));
    await p.goBack();
    await until('Back opens it again', async () => (await p.locator('.adetail').count()) === 1);
    await w.done(); await m.stop();
  }),

  journey('the list: filters, groups, a storm of 20,000', async ({ browser }) => {
    const m = await startMock({ many: true });
    const w = await watched(browser, m.base), p = w.page;
    await p.goto(m.base + '/alarms');
    await until('rows', async () => (await p.locator('.abody .arow a').count()) > 10);
    assert.ok((await p.locator('.abody .arow').count()) < 80, 'only what is on screen is in the page');
    await p.getByRole('button', { name: /^Ringing/ }).click();
    await until('only ringing ones', async () => (await p.locator('.abody .arow a').count()) === 2 && /show=ALARM/.test(path(p)));
    await p.getByRole('button', { name: /^Ringing/ }).click();
    await p.getByLabel('Find an alarm').fill('edge-3');
    await until('three are found', async () => (await p.locator('.abody .arow a').count()) === 3);
    await p.getByLabel('Find an alarm').fill('nothing is called so');
    await until('said', async () => /like this/.test(await text(p, '.alist')));
    await p.getByRole('button', { name: 'Show all' }).click();
    await p.getByRole('button', { name: /^Group by/ }).click();
    await p.getByRole('dialog').getByRole('button', { name: 'severity' }).click();
    await until('groups by severity', async () => /^Critical/.test(await text(p, '.abody .agrp')));
    assert.deepEqual(await unspoken(p), []);
    await p.getByRole('button', { name: 'Load more' }).click();
    await until('more', async () => /first 800/.test(await text(p, '.wlegend')));
    await w.done(); await m.stop();
  }),

  journey('definitions, methods, silences, routing, monitors, users: each can be changed', async ({ browser }) => {
    const m = await startMock();
    const w = await watched(browser, m.base, { expect: [/400/] }), p = w.page;
    await login(w, m);
    await p.goto(m.base + '/alarms/definitions');
    await p.getByRole('link', { name: 'Load high' }).click();
    await until('the editor', async () => (await p.getByLabel('Metric', { exact: true }).inputValue()) === 'node_load1');
    await until('tried', () => p.getByRole('button', { name: 'Try 10' }).count());
    await p.getByRole('button', { name: 'Try 10' }).click();
    await until('the neighbour is shown', async () => /with 10: 2 times/.test(await p.locator('section[aria-labelledby=tr]').innerText()));
    await p.getByRole('button', { name: 'Keep 10' }).click();
    await until('it is kept', async () => (await p.getByLabel('Limit', { exact: true }).inputValue()) === '10');
    await p.getByRole('button', { name: 'Save', exact: true }).click();
    await until('saved', async () => /10 times 3/.test(await p.locator('.defs').innerText()));
    // Leaving with unsaved changes asks first.
    await p.getByRole('link', { name: 'Load high' }).click();
    await until('the editor again', () => p.getByLabel('Limit', { exact: true }).count());
    await p.getByLabel('Limit', { exact: true }).fill('11');
    await p.getByRole('link', { name: 'Cancel' }).click();
    await until('asked', () => dialog(p).getByRole('button', { name: 'Go on editing' }).count());
    await dialog(p).getByRole('button', { name: 'Go on editing' }).click();
    assert.equal(await p.getByLabel('Limit', { exact: true }).inputValue(), '11');
    await p.getByRole('link', { name: 'Cancel' }).click();
    await dialog(p).getByRole('button', { name: 'Leave' }).click();
    await until('left', () => p.locator('.defs').count());
    await p.goto(m.base + '/alarms/notifications?tab=routing');
    await p.getByLabel('Routing as YAML').fill('route:\n  receiver: nobody\n');
    await p.getByRole('button', { name: 'Save', exact: true }).click();
    await until('the fault at its line', async () => (await p.getByRole('button', { name: 'Line 2' }).count()) === 1 && (await p.locator('.yaml .ln .bad').innerText()).trim() === '2');
    await picture(p, 'alarms-routing-dark');
    await p.getByLabel('Routing as YAML').fill('route:\n  receiver: on-call webhook\n');
    await p.keyboard.press('Control+s');
    await until('in force', async () => /in force/.test(await text(p, '.toasts')));
    await p.goto(m.base + '/alarms/definitions?tab=anomalies');
    await p.getByRole('button', { name: 'New monitor' }).click();
    await p.getByLabel('Name', { exact: true }).fill('Load by day');
    await p.locator('.ed-stack textarea').fill('node_load1');
    await until('the preview', () => p.locator('.inset .uplot canvas, .inset .empty').count());
    await p.getByRole('button', { name: 'Make monitor' }).click();
    await until('listed', async () => /Load by day/.test(await p.locator('main').innerText()));
    await p.goto(m.base + '/settings');
    await p.getByRole('button', { name: 'New user' }).click();
    await dialog(p).getByLabel('Name', { exact: true }).fill('ben');
    await dialog(p).getByLabel('Password').fill('a long password');
    await dialog(p).getByLabel('editor').check();
    await dialog(p).getByRole('button', { name: 'Add user' }).click();
    await until('ben is there', async () => /ben[\s\S]*editor/.test(await p.locator('section[aria-labelledby=us]').innerText()));
    await w.done(); await m.stop();
  }),

  journey('alarms at 390 px: cards, a page for each, and back', async ({ browser }) => {
    const m = await startMock();
    const w = await watched(browser, m.base, { narrow: true }), p = w.page;
    await p.goto(m.base + '/alarms');
    await until('cards', async () => (await p.locator('.acard').count()) > 3);
    await noSideways(p, 'the cards');
    await picture(p, 'alarms-dark-390');
    await p.locator('.acard a').first().click();
    await until('the page of one', async () => /Checkout slow/.test(await text(p, '.adetail .dt')));
    await until('its chart', () => p.locator('.adetail .uplot canvas').count());
    await noSideways(p, 'the page of one');
    assert.deepEqual(await unspoken(p), []);
    await picture(p, 'alarm-dark-390');
    await p.getByRole('button', { name: 'Close the alarm' }).click();
    await until('the cards again', () => p.locator('.acard').count());
    await w.done(); await m.stop();
  }),

  journey('name and password sign in too', async ({ browser }) => {
    const m = await startMock({ locked: true });
    const w = await watched(browser, m.base, { expect: [/401/] }), p = w.page;
    await p.goto(m.base + '/alarms');
    await p.getByLabel('Name').fill('ana'); await p.getByLabel('Password').fill('wrong');
    await p.getByRole('button', { name: 'Sign in' }).click();
    await until('refused', async () => /wrong/.test(await text(p, '.login')));
    await p.getByLabel('Password').fill('bell');
    await p.getByRole('button', { name: 'Sign in' }).click();
    await until('the alarms', () => p.locator('.abody .arow').count());
    await w.done(); await m.stop();
  }),
];
