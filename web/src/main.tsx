import { render } from 'preact';
import { loadSession, login } from './api/session.ts';
import { isAbort, messageOf, needLogin, ApiError } from './api/http.ts';
import { App } from './shell/app.tsx';
import { startKeyboard } from './state/keyboard.ts';
import { startFrame } from './state/live.ts';
import { toast } from './state/toast.ts';

// The login link's token is in the fragment, which no server and no Referer ever sees; it leaves the URL before anything else happens.
const token = /^#t=(.+)$/.exec(location.hash)?.[1];
if (token) history.replaceState(null, '', location.pathname + location.search);

async function start(): Promise<void> {
  try {
    if (token) {
      const s = await login(decodeURIComponent(token));
      toast({ kind: 'ok', text: 'Signed in', detail: s.user ? `as ${s.user}` : '' });
      return;
    }
  } catch (e) {
    if (e instanceof ApiError && e.status === 401) toast({ kind: 'error', text: 'This login link is used up or wrong', detail: 'Run belfry open on the server for a new one.' });
    else if (!isAbort(e)) toast({ kind: 'error', text: 'Signing in failed', detail: messageOf(e) });
  }
  needLogin.value = false;
  // Without an answer the pages say themselves what they miss.
  await loadSession().catch(() => undefined);
}

startKeyboard();
render(<App />, document.getElementById('app')!);
void start().finally(startFrame);
