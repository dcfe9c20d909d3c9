// The source keeps its own rules: no way for markup out of data, no file without end, imports downward only.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';

const SRC = process.env.WEB + '/src/';
const files = readdirSync(SRC, { recursive: true }).filter((f) => /\.tsx?$/.test(f)).map((f) => ({ f, text: readFileSync(SRC + f, 'utf8') }));
const LINES_MOST = 400;
// What a folder may import; a room not named here may import all of the rooms below pages.
const MAY: Record<string, RegExp> = {
  lib: /^lib\//, api: /^(lib|api|state\/url)/, state: /^(lib|api|state|routes|keys|pages$)/, draw: /^(lib|state|draw|parts)/, parts: /^(lib|state|api|parts|keys|routes)/, editor: /^(lib|editor)/, shell: /^(lib|state|api|parts|draw|shell|keys|routes)/,
};

test('no markup is made from strings and nothing is evaluated', () => {
  for (const { f, text } of files) for (const bad of ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'dangerouslySetInnerHTML', 'document.write', 'eval(', 'new Function', 'setAttribute(\'style\'', 'srcdoc']) assert.ok(!text.includes(bad), `${f} has ${bad}`);
});
test('nothing but our own origin is named', () => { for (const { f, text } of files) for (const m of text.matchAll(/https?:\/\/[^\s'"`$)]+/g)) assert.match(m[0], /^http:\/\/(localhost:9100|…)/, `${f}: ${m[0]}`); });
test('files stay short', () => { for (const { f, text } of files) assert.ok(text.split('\n').length <= LINES_MOST, f); });
test('imports go downward', () => {
  for (const { f, text } of files) {
    const room = f.split('/')[0]!, may = MAY[room];
    for (const m of text.matchAll(/from '(\.[^']+)'/g)) {
      const target = new URL(m[1]!, 'file:///src/' + f).pathname.replace('/src/', '');
      if (room !== 'pages' && room !== 'routes.ts') assert.ok(!target.startsWith('pages/'), `${f} imports ${target}`);
      if (room === 'pages' && target.startsWith('pages/')) assert.equal(target.split('/')[1], f.split('/')[1], `${f} imports another page's ${target}`);
      if (may && target !== f) assert.match(target, may, `${f} imports ${target}`);
    }
  }
});
