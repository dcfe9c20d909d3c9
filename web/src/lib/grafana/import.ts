// A Grafana dashboard's JSON as a dashboard of ours, and an honest account of it. Pure.
import { newDashboard, type Dashboard, type Panel } from '../dash/model.ts';
import { compact } from '../dash/layout.ts';
import { namesIn } from '../dash/vars.ts';
import { durationText, parseDuration, resolveRange } from '../timespec.ts';
import { panel } from './panels.ts';
import { places } from './places.ts';
import { Notes, isObject, list, num, obj, objects, str, type Item, type Json, type Report } from './report.ts';
import { variable, variablesOf } from './variables.ts';

export interface Imported { dashboard: Dashboard; report: Report }

/** Is this Grafana's at all? Says so before anything is tried. */
export function looksLikeGrafana(json: unknown): boolean {
  const d = inner(json);
  return d !== null && d['format'] !== 1 && (Array.isArray(d['panels']) || Array.isArray(d['rows']) || 'schemaVersion' in d);
}
/** The dashboard itself: bare, or inside the answer of Grafana's API (`{"dashboard":…,"meta":…}`). */
function inner(json: unknown): Json | null {
  if (!isObject(json)) return null;
  if (isObject(json['dashboard'])) return json['dashboard'];
  return isObject(json['spec']) && Array.isArray(obj(json['spec'])['panels']) ? obj(json['spec']) : json;
}

// Values that an export asks for at import: data sources by kind, constants by value.
function readInputs(d: Json): { kinds: Map<string, string>; constants: Map<string, string> } {
  const kinds = new Map<string, string>(), constants = new Map<string, string>();
  for (const i of objects(d['__inputs'])) if (str(i['type']) === 'datasource') kinds.set(str(i['name']), str(i['pluginId'])); else if (str(i['type']) === 'constant') constants.set(str(i['name']), str(i['value']));
  for (const v of variablesOf(d)) if (str(v['type']) === 'datasource') kinds.set(str(v['name']), str(v['query']) || 'prometheus');
  return { kinds, constants };
}
const fill = (json: string, constants: ReadonlyMap<string, string>): string => json.replace(/\$\{(VAR_\w+)\}/g, (whole, n: string) => (constants.has(n) ? JSON.stringify(constants.get(n)).slice(1, -1) : whole));

function libraryPanel(p: Json, d: Json): Json | null {
  const of = obj(p['libraryPanel']), elements = d['__elements'];
  const found = (isObject(elements) ? Object.values(elements) : list(elements)).filter(isObject).find((e) => str(e['uid']) === str(of['uid']) || (str(e['name']) !== '' && str(e['name']) === str(of['name'])));
  return found && isObject(found['model']) ? { ...obj(found['model']), gridPos: p['gridPos'], title: str(p['title']) || str(obj(found['model'])['title']) } : null;
}

export function importGrafana(json: unknown, nowMs: number): Imported | Error {
  const outer = inner(json);
  if (!outer) return new Error('A dashboard of Grafana is a JSON object.');
  if (isObject(outer['elements']) || (isObject(outer['spec']) && isObject(obj(outer['spec'])['elements']))) return new Error('This is the newest form of Grafana’s dashboards (elements and layout), which is not read yet. In Grafana choose Export as classic model.');
  if (!Array.isArray(outer['panels']) && !Array.isArray(outer['rows'])) return new Error('This JSON has neither "panels" nor "rows", so it is no dashboard of Grafana.');
  const inputs = readInputs(outer), d = inputs.constants.size ? (JSON.parse(fill(JSON.stringify(outer), inputs.constants)) as Json) : outer;
  const items: Item[] = [], whole = new Notes('dashboard', str(d['title']) || 'Untitled');

  const made = newDashboard(str(d['title']).slice(0, 150) || 'Untitled', { description: str(d['description']), tags: [...new Set(list(d['tags']).map(str).filter(Boolean).map((t) => t.slice(0, 90)))].slice(0, 50) });
  time(d, made, whole, nowMs);

  const variables: Item[] = [], gone = new Set<string>();
  for (const v of variablesOf(d)) {
    const n = new Notes('variable', str(v['name']) || '(no name)'), one = variable(v, n);
    if (one && !made.variables.some((x) => x.name === one.name)) made.variables.push(one); else if (!one) gone.add(str(v['name']));
    variables.push(n.item());
  }

  const panels: Panel[] = [];
  for (const at of places(d)) {
    let p = at.panel;
    if (num(p['repeatPanelId']) !== null) continue;  // a copy that Grafana made of a repeated panel; ours are made when the page opens
    const n = new Notes('panel', str(p['title']) || str(obj(p['libraryPanel'])['name']) || `Panel ${num(p['id']) ?? panels.length + 1}`), box = { x: at.x, y: at.y, w: at.w, h: at.h };
    let one: Panel;
    if (isObject(p['libraryPanel'])) {
      const model = libraryPanel(p, d);
      if (model) { n.say('the library panel was copied into the dashboard'); p = model; }
    }
    if (isObject(p['libraryPanel']) && !list(p['targets']).length) {
      n.leave(`it is the library panel “${str(obj(p['libraryPanel'])['name']).slice(0, 80)}”, which is not in this file`);
      one = panel({ type: 'text', title: str(p['title']) || str(obj(p['libraryPanel'])['name']), options: { mode: 'markdown', content: `**Not converted.** ${n.list[0]!}.` } }, box, inputs.kinds, new Notes('panel', ''));
    } else one = panel(p, box, inputs.kinds, n);
    one = { ...one, id: panels.length + 1, ...box, ...(one.type === 'row' ? { collapsed: at.collapsed === true } : {}) };
    if (one.repeat && !made.variables.some((v) => v.name === one.repeat)) { n.change(`it repeats for “${one.repeat}”, which is not there`); one.repeat = ''; }
    for (const name of new Set(one.queries.flatMap((q) => namesIn(q.expr)))) if (!made.variables.some((v) => v.name === name)) n.change(gone.has(name) ? `it uses $${name}, which was not converted` : `it uses $${name}, which is not defined`);
    panels.push(one);
    if (one.type !== 'row' || n.list.length) items.push(n.item());
  }
  made.panels = compact(panels);
  dashboardNotes(d, whole);
  const report: Report = { source: 'grafana', title: str(d['title']), schema: num(d['schemaVersion']), at_ms: nowMs, items: [...(whole.list.length ? [whole.item()] : []), ...items, ...variables] };
  return { dashboard: { ...made, imported: report }, report };
}

function time(d: Json, made: Dashboard, n: Notes, nowMs: number): void {
  const t = obj(d['time']), from = str(t['from']), to = str(t['to']), spec = { from, to };
  // `now/d` is the beginning of the day; our spelling of it is `today`.
  const ours = { from: from === 'now/d' ? 'today' : from.replace(/^now-1d\/d$/, 'yesterday'), to: to === 'now/d' && from === 'now/d' ? 'now' : to.replace(/^now-1d\/d$/, 'today') };
  if (from && resolveRange(ours, nowMs)) made.time = ours;
  else if (from) n.change(`the time ${spec.from} to ${spec.to} is not understood; the last hour is shown`);
  const refresh = d['refresh'] === false || d['refresh'] === '' ? 0 : parseDuration(str(d['refresh']));
  if (refresh === 0 || refresh === null) { made.refresh_s = 30; n.say('it did not refresh by itself; here it does every 30 s'); }
  else if (refresh) { made.refresh_s = Math.min(86_400, Math.max(1, Math.round(refresh / 1000))); if (refresh % 1000) n.say(`it is refreshed every ${durationText(made.refresh_s * 1000)}`); }
}

function dashboardNotes(d: Json, n: Notes): void {
  const notes = objects(obj(d['annotations'])['list']).filter((a) => num(a['builtIn']) !== 1 && a['enable'] !== false);
  if (notes.length) n.change(`annotations are not converted: ${notes.map((a) => str(a['name']).slice(0, 40)).join(', ')}`);
  if (objects(d['links']).length) n.change('links of the dashboard are not converted');
  const zone = str(d['timezone']);
  if (zone && zone !== 'browser') n.change(`times are shown in the zone of the browser, not in ${zone.slice(0, 40)}`);
  const schema = num(d['schemaVersion']);
  if (schema === null) n.say('it does not say its schema; the oldest form was assumed where it matters');
}
