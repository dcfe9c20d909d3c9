import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Keys } from '../../src/lib/keymatch.ts';
import { KEYS } from '../../src/keys.ts';
import { PAGES, pageOf } from '../../src/routes.ts';

const press = (k: Keys, key: string, o: Partial<{ ctrl: boolean; inText: boolean; atMs: number; single: boolean }> = {}): string | null => k.press({ key, ctrl: o.ctrl ?? false, alt: false, shift: false, inText: o.inText ?? false, atMs: o.atMs ?? 0 }, o.single ?? true);

test('one key, a chord and a sequence', () => {
  const k = new Keys(KEYS);
  assert.equal(press(k, '/'), 'palette'); assert.equal(press(k, 'k', { ctrl: true }), 'palette'); assert.equal(press(k, '?'), 'help');
  assert.equal(press(k, 'g'), null); assert.equal(press(k, 'h', { atMs: 500 }), 'go:home');
  assert.equal(press(k, 'g'), null); assert.equal(press(k, 'm', { atMs: 1500 }), null, 'too late');
  assert.equal(press(k, ' '), 'pause');
});
test('single keys never act in a text field; chords do', () => {
  const k = new Keys(KEYS);
  for (const key of ['/', 'g', 'h', 'j', 't', '?', ' ']) assert.equal(press(k, key, { inText: true }), null, key);
  assert.equal(press(k, 'k', { ctrl: true, inText: true }), 'palette'); assert.equal(press(k, 'Escape', { inText: true }), 'close');
});
test('single keys can be switched off, Escape and chords stay', () => {
  const k = new Keys(KEYS);
  assert.equal(press(k, '/', { single: false }), null); assert.equal(press(k, 'Escape', { single: false }), 'close'); assert.equal(press(k, 'k', { ctrl: true, single: false }), 'palette');
});
test('no key means two things', () => {
  const all = KEYS.flatMap((k) => k.keys);
  assert.equal(new Set(all).size, all.length);
  for (const a of all) for (const b of all) assert.ok(a === b || !b.startsWith(a + ' '), `${a} hides ${b}`);
});
test('every page has its own path and id; unknown paths are no page', () => {
  assert.equal(new Set(PAGES.map((p) => p.path)).size, PAGES.length); assert.equal(new Set(PAGES.map((p) => p.id)).size, PAGES.length);
  assert.equal(pageOf('/metrics')?.id, 'metrics'); assert.equal(pageOf('/')?.id, 'home'); assert.equal(pageOf('//evil.example'), PAGES.find((p) => p.path === '/')); assert.equal(pageOf('/nothing'), undefined);
});
