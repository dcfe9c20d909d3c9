import { useState } from 'preact/hooks';
import { ApiError, messageOf } from '../api/http.ts';
import { login } from '../api/session.ts';
import { Mark } from '../parts/icon.tsx';

/** Shown in place of a page while the server lets nobody read without a login. */
export function Login() {
  const [text, setText] = useState(''), [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    setBusy(true); setError('');
    try { await login(text.trim().replace(/^.*#t=/, '')); } catch (x) {
      setError(x instanceof ApiError && x.status === 401 ? 'This link is used up or wrong. Each works once.' : messageOf(x));
    }
    setBusy(false);
  };
  return (
    <div class="page"><section class="panel login" aria-labelledby="lg">
      <span class="login-m"><Mark /></span>
      <h1 id="lg">Sign in to Belfry</h1>
      <p class="dim">Run <code class="mono">belfry open</code> on the server and follow the link it prints, or paste it here.</p>
      <form onSubmit={submit}>
        <label class="field"><input value={text} aria-label="Login link or token" placeholder="http://…/#t=…" autocomplete="off" spellcheck={false} onInput={(e) => setText(e.currentTarget.value)} /></label>
        <button type="submit" class="ctl primary" disabled={busy || !text.trim()}>Sign in</button>
      </form>
      {error && <p class="c-alarm" role="alert">{error}</p>}
    </section></div>
  );
}
