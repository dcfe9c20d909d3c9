import { useState } from 'preact/hooks';
import { ApiError, messageOf } from '../api/http.ts';
import { login, loginByName } from '../api/session.ts';
import { Mark } from '../parts/icon.tsx';

/** Shown in place of a page while the server lets nobody read without a login. */
export function Login() {
  const [text, setText] = useState(''), [name, setName] = useState(''), [password, setPassword] = useState(''), [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const attempt = async (how: () => Promise<unknown>, refused: string): Promise<void> => {
    setBusy(true); setError('');
    try { await how(); } catch (x) { setError(x instanceof ApiError && (x.status === 401 || x.status === 404) ? refused : messageOf(x)); }
    setBusy(false);
  };
  return (
    <div class="page"><section class="panel login" aria-labelledby="lg">
      <span class="login-m"><Mark /></span>
      <h1 id="lg">Sign in to Belfry</h1>
      <form class="login-n" onSubmit={(e) => { e.preventDefault(); void attempt(() => loginByName(name.trim(), password), 'There is no such user, or the password is wrong.'); }}>
        <label class="field"><input value={name} name="username" aria-label="Name" placeholder="Name" autocomplete="username" spellcheck={false} onInput={(e) => setName(e.currentTarget.value)} /></label>
        <label class="field"><input type="password" value={password} name="password" aria-label="Password" placeholder="Password" autocomplete="current-password" onInput={(e) => setPassword(e.currentTarget.value)} /></label>
        <button type="submit" class="ctl primary" disabled={busy || !name.trim() || !password}>Sign in</button>
      </form>
      <p class="dim">Or run <code class="mono">belfry open</code> on the server and follow the link it prints, or paste it here.</p>
      <form onSubmit={(e) => { e.preventDefault(); void attempt(() => login(text.trim().replace(/^.*#t=/, '')), 'This link is used up or wrong. Each works once.'); }}>
        <label class="field"><input value={text} aria-label="Login link or token" placeholder="http://…/#t=…" autocomplete="off" spellcheck={false} onInput={(e) => setText(e.currentTarget.value)} /></label>
        <button type="submit" class="ctl" disabled={busy || !text.trim()}>Use link</button>
      </form>
      {error && <p class="c-alarm" role="alert">{error}</p>}
    </section></div>
  );
}
