// Dashboards: /dash is the list, /dash/<id> one of them, /dash/new one that is not saved yet.
import { param, place } from '../../state/url.ts';
import { Import } from './import.tsx';
import { List } from './list.tsx';
import { One } from './one.tsx';

export default function Dashboards() {
  const id = decode(place.value.path.split('/')[2] ?? '');
  if (id) return <One key={id} id={id} />;
  return param('view') === 'import' ? <Import /> : <List />;
}
const decode = (s: string): string => { try { return decodeURIComponent(s); } catch { return s; } };
