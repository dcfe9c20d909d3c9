// Where the journeys go: a server named by BASE_URL and LOGIN_URL, a binary named by BELFRY, or the development server.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMock } from '../../web/dev/mock.mjs';

const START_MS = 20_000;

/** {base, login, link, stop, real}: `login` is the printed link, which works once; `link()` gives another. */
export async function startServer() {
  if (process.env.BASE_URL) return { base: process.env.BASE_URL.replace(/\/$/, ''), login: process.env.LOGIN_URL ?? process.env.BASE_URL, stop: async () => {}, real: true };
  if (!process.env.BELFRY) return { ...(await startMock()), real: false };
  const dir = mkdtempSync(join(tmpdir(), 'belfry-journeys-'));
  const child = spawn(process.env.BELFRY, ['serve', '--data', dir, '--listen', '127.0.0.1:0', ...(process.env.BELFRY_ARGS ?? '').split(' ').filter(Boolean)], { stdio: ['ignore', 'pipe', 'pipe'], env: { BELFRY_SERVER__DEFAULT_ALIASES: '', ...process.env } });
  let said = '';
  const login = await new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error(`no login link within ${START_MS} ms; it said:\n${said}`)), START_MS);
    const hear = (d) => { said += d; const m = /https?:\/\/\S+\/#t=[^\s"']+/.exec(said); if (m && /\s/.test(said.slice(m.index + m[0].length))) { clearTimeout(late); done(m[0]); } };
    child.stdout.on('data', hear); child.stderr.on('data', hear);
    child.on('exit', (code) => { clearTimeout(late); fail(new Error(`the server ended with ${code}; it said:\n${said}`)); });
  });
  const stop = () => new Promise((done) => {
    child.removeAllListeners('exit');
    child.once('exit', () => { rmSync(dir, { recursive: true, force: true }); done(); });
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
  });
  const link = () => execFileSync(process.env.BELFRY, ['open', '--data', dir], { encoding: 'utf8' }).trim().split(/\s+/).find((w) => w.includes('#t=')) ?? login;
  return { base: new URL(login).origin, login, link, stop, real: true, said: () => said };
}
