// Users: people and programs with a name and a password; roles say what they may in a project.
import { useState } from 'preact/hooks';
import { addUser, listUsers, removeUser, changeUser, type User } from '../../api/users.ts';
import { ago } from '../../lib/timespec.ts';
import { plural } from '../../lib/units.ts';
import { Ask, Fld } from '../../parts/ask.tsx';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Chip } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAsk } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';
import { toast } from '../../state/toast.ts';

const ROLES = ['admin', 'editor', 'viewer', 'monasca-user', 'monasca-read-only-user', 'monasca-agent'];
type Open = null | { what: 'add' } | { what: 'edit' | 'remove'; user: User };

export function UsersPanel({ may }: { may: boolean }) {
  const [turn, setTurn] = useState(0), [open, setOpen] = useState<Open>(null), l = useAsk(may ? listUsers : null, [turn, may]).value, again = (): void => setTurn((n) => n + 1), now = serverNow(), roles = l.data?.roles.length ? l.data.roles : ROLES;
  return (
    <section class="panel" aria-labelledby="us"><header><h2 id="us">Users</h2><span class="sub">people and programs that sign in with a name and a password</span><span class="r">{may && l.data && <button type="button" class="ctl sm" onClick={() => setOpen({ what: 'add' })}><Ico n="add" s />New user</button>}</span></header>
      {!may ? <Empty icon="user" title="Users need a login as administrator" /> : l.error && !l.data ? <Fault l={l} what="the users" again={again} /> : !l.data ? <Waiting rows={2} what="the users" sinceMs={l.sinceMs} /> : !l.data.users.length ? <Empty icon="user" title="No users yet">Until there is one, the printed link is the way in.</Empty> : (
        <div class="tx"><table class="tbl keys-t"><thead><tr><th scope="col">Name</th><th scope="col">Projects and roles</th><th scope="col" class="only-l">Password from</th><th scope="col"><span class="vh">Actions</span></th></tr></thead>
          <tbody>{l.data.users.map((u) => <tr key={u.name}><td class="name why" title={u.name}>{u.name}{!u.enabled && <span class="faint"> locked</span>}</td><td><span class="prow">{Object.entries(u.projects).map(([p, r]) => <Chip key={p} k={p + ': '} v={r.join(', ')} title={`${p}: ${r.join(', ')}`} />)}</span></td><td class="dim only-l">{u.password_changed_ms ? ago(u.password_changed_ms, now) : '–'}</td><td class="num acts"><button type="button" class="ctl sm" onClick={() => setOpen({ what: 'edit', user: u })}>Change…</button><button type="button" class="ctl sm danger" onClick={() => setOpen({ what: 'remove', user: u })}><Ico n="trash" s />Remove…</button></td></tr>)}</tbody></table></div>
      )}
      {open?.what === 'remove' && <Ask title={`Remove “${open.user.name}”?`} verb="Remove the user" danger onClose={() => setOpen(null)} run={async () => { await removeUser(open.user.name); toast({ kind: 'ok', text: `User “${open.user.name}” removed` }); again(); }}><p class="dim">Their tokens and sessions end at once.</p></Ask>}
      {open && open.what !== 'remove' && <UserDialog user={open.what === 'edit' ? open.user : null} roles={roles} onClose={() => setOpen(null)} onDone={again} />}
    </section>
  );
}

function UserDialog({ user, roles, onClose, onDone }: { user: User | null; roles: readonly string[]; onClose: () => void; onDone: () => void }) {
  const first = user ? Object.keys(user.projects)[0] ?? 'default' : 'default';
  const [name, setName] = useState(user?.name ?? ''), [project, setProject] = useState(first), [has, setHas] = useState<string[]>(user?.projects[first] ?? []), [password, setPassword] = useState(''), [enabled, setEnabled] = useState(user?.enabled ?? true);
  const pick = (p: string): void => { setProject(p); if (user) setHas(user.projects[p] ?? []); };
  return (
    <Ask title={user ? `Change “${user.name}”` : 'New user'} verb={user ? 'Save' : 'Add user'} ready={!!name.trim() && !!project.trim() && (user ? true : has.length > 0 && !!password)} onClose={onClose} run={async () => {
      const rights = { project: project.trim(), roles: has };
      if (user) await changeUser(user.name, { enabled, ...rights, ...(password ? { password } : {}) }); else await addUser({ name: name.trim(), password, ...rights });
      toast({ kind: 'ok', text: user ? `User “${name}” changed` : `User “${name.trim()}” added` }); onDone();
    }}>
      {!user && <Fld label="Name"><input class="inp" data-first value={name} maxLength={64} autocomplete="off" onInput={(e) => setName(e.currentTarget.value)} /></Fld>}
      <Fld label="Project (tenant)"><input class="inp" value={project} list="user-projects" maxLength={64} onInput={(e) => pick(e.currentTarget.value)} /></Fld><datalist id="user-projects">{Object.keys(user?.projects ?? {}).map((p) => <option key={p} value={p} />)}</datalist>
      <div class="fld" role="group" aria-label="Roles"><span class="label">Roles in it, {has.length ? plural(has.length, 'role') : 'none yet'}</span><div class="tags">{roles.map((r) => <label class="chk" key={r}><input type="checkbox" checked={has.includes(r)} onChange={() => setHas(has.includes(r) ? has.filter((x) => x !== r) : [...has, r])} />{r}</label>)}</div></div>
      <Fld label={user ? 'New password, empty to keep the old' : 'Password'}><input class="inp" type="password" autocomplete="new-password" value={password} onInput={(e) => setPassword(e.currentTarget.value)} /></Fld>
      {user && <label class="chk"><input type="checkbox" checked={enabled} onChange={(e) => setEnabled(e.currentTarget.checked)} />may sign in</label>}
    </Ask>
  );
}
