import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Colours, contrast, deltaE, parseHex, simulate } from '../../src/lib/color.ts';

const css = readFileSync(process.env.WEB + '/app.css', 'utf8');
const tokens = Object.fromEntries([...css.matchAll(/--([\w-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((m) => [m[1]!, [m[2]!, m[3]!] as const]));
const SERIES = ['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8'];
const of = (name: string, theme: 0 | 1) => parseHex(tokens[name]![theme]);

for (const theme of [0, 1] as const) {
  const word = theme ? 'dark' : 'light';
  test(`${word}: text and states reach 4.5:1 on ground and surface`, () => {
    for (const t of ['text', 'text-2', 'text-3', 'bronze', 'ok', 'alarm', 'undet', 'warn', 'info']) for (const ground of ['bg', 'surface']) { const c = contrast(of(t, theme), of(ground, theme)); assert.ok(c >= 4.5, `${t} on ${ground}: ${c.toFixed(2)}`); }
    for (const [t, ground] of [['ok', 'ok-bg'], ['alarm', 'alarm-bg'], ['undet', 'undet-bg'], ['on-bronze', 'bronze-fill'], ['bronze', 'bronze-bg']] as const) { const c = contrast(of(t, theme), of(ground, theme)); assert.ok(c >= 4.5, `${t} on ${ground}: ${c.toFixed(2)}`); }
  });
  test(`${word}: series reach 3:1 on surface`, () => { for (const s of SERIES) { const c = contrast(of(s, theme), of('surface', theme)); assert.ok(c >= 3, `${s}: ${c.toFixed(2)}`); } });
  for (const d of ['protan', 'deuter', 'tritan'] as const) test(`${word}: any two series differ by 12 under ${d}opia`, () => {
    for (const a of SERIES) for (const b of SERIES) if (a < b) { const e = deltaE(simulate(of(a, theme), d), simulate(of(b, theme), d)); assert.ok(e >= 12, `${a} ${b}: ${e.toFixed(1)}`); }
  });
}
test('the difference formula agrees with published pairs', () => {
  // Black to white is 100 by definition; equal colours differ by nothing.
  assert.ok(Math.abs(deltaE([0, 0, 0], [1, 1, 1]) - 100) < 0.01); assert.equal(deltaE([0.2, 0.3, 0.4], [0.2, 0.3, 0.4]), 0);
});
test('a series keeps its colour while it is on screen', () => {
  const c = new Colours(), a = c.assign(['x', 'y', 'z', 'w']), b = c.assign(['w', 'q', 'y']);
  assert.equal(b[0], a[3]); assert.equal(b[2], a[1]); assert.ok(!b.slice(0, 1).includes(b[1]!));
});
test('eight colours, then the rest', () => { const a = new Colours().assign(Array.from({ length: 12 }, (_, i) => 's' + i)); assert.equal(new Set(a.slice(0, 8)).size, 8); assert.deepEqual(a.slice(8), [0, 0, 0, 0]); });
