// Grafana's variables in ours. Pure.
import { readVariable, type Variable } from '../dash/model.ts';
import { ALL, compileRegex, parseAsk } from '../dash/vars.ts';
import { Notes, isObject, list, num, obj, objects, str, type Json } from './report.ts';

const SORTS: Record<number, Variable['sort']> = { 0: 'none', 1: 'name', 2: 'name-down', 3: 'number', 4: 'number-down', 5: 'name', 6: 'name-down', 7: 'number', 8: 'number-down' };
const typeOf = (datasource: unknown): string => (isObject(datasource) ? str(datasource['type']) : '');

function current(v: Json): string[] {
  const c = obj(v['current']), value = c['value'];
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map((x) => String(x)).filter((x) => x !== '').map((x) => (x === '$__all' || x === 'All' && v['includeAll'] === true ? ALL : x));
}

function queryText(v: Json, n: Notes): string {
  const q = v['query'];
  const asked = typeof q === 'string' ? q : isObject(q) ? str(q['query']) || str(q['expr']) : '';
  if (asked) return asked.replace(/^\s*query_result\(\s*\)/, '');
  // Builder queries keep label and metric apart, too.
  if (isObject(q) && str(q['label'])) return str(q['metric']) ? `label_values(${str(q['metric'])}, ${str(q['label'])})` : `label_values(${str(q['label'])})`;
  const told = str(v['definition']);
  if (told) n.say('the query was taken from its description');
  return told;
}

/** Null when nothing of it can be used; the notes say why. */
export function variable(v: Json, n: Notes): Variable | null {
  const type = str(v['type']) || 'query', name = str(v['name']);
  if (!/^\w+$/.test(name)) { n.leave('its name is not made of letters, digits and _'); return null; }
  const made = (more: Partial<Variable>): Variable => readVariable({ name, label: str(v['label']) === name ? '' : str(v['label']), hidden: num(v['hide']) === 2, value: current(v), ...more });
  if (str(v['skipUrlSync']) || v['skipUrlSync'] === true) n.say('it is in the URL like every other');
  switch (type) {
    case 'query': {
      const kind = typeOf(v['datasource']);
      if (kind && kind !== 'prometheus' && !kind.startsWith('$')) { n.leave(`it asks a data source of type ${kind}`); return null; }
      const query = queryText(v, n).trim();
      if (!query) { n.leave('it has no query'); return null; }
      if (!parseAsk(query)) { n.leave(`the query “${query.slice(0, 80)}” is not one that can be asked here`); return null; }
      const regex = compileRegex(str(v['regex']));
      if (regex instanceof Error) n.change(`its regular expression does not compile and was left out: ${regex.message}`);
      if (num(v['refresh']) === 0) n.say('its values are asked again whenever the page opens');
      return made({ type: 'query', query, regex: regex instanceof Error ? '' : str(v['regex']), sort: SORTS[num(v['sort']) ?? 0] ?? 'none', multi: v['multi'] === true, all: v['includeAll'] === true, allValue: str(v['allValue']) });
    }
    case 'custom': {
      let query = str(v['query']);
      if (!query) query = objects(v['options']).map((o) => str(o['value'])).filter((x) => x && x !== '$__all').join(',');
      if (!query) { n.leave('it has no values'); return null; }
      return made({ type: 'custom', query, multi: v['multi'] === true, all: v['includeAll'] === true, allValue: str(v['allValue']) });
    }
    case 'interval': {
      if (v['auto'] === true) n.change('the automatic interval is not offered; $__interval follows the width of the panel');
      const steps = str(v['query']).split(',').map((s) => s.trim()).filter((s) => s && s !== 'auto'), first = current(v).filter((c) => !c.startsWith('$__auto'));
      if (!steps.length) { n.leave('it has no intervals'); return null; }
      return made({ type: 'interval', query: steps.join(','), value: first });
    }
    case 'textbox': return made({ type: 'textbox', query: str(v['query']) });
    case 'constant': return made({ type: 'constant', query: str(v['query']) || (current(v)[0] ?? ''), hidden: true });
    case 'datasource': n.leave('Belfry has one source of metrics, so there is nothing to choose'); return null;
    case 'adhoc': n.leave('filters on all queries at once are not converted; each query can be edited, and the Metrics page filters by labels'); return null;
    default: n.leave(`variables of type ${type.slice(0, 40)} are not known`); return null;
  }
}
export const variablesOf = (dashboard: Json): Json[] => objects(obj(dashboard['templating'])['list']);
export const hasMany = (v: unknown): boolean => list(v).length > 0;
