import { signal } from '@preact/signals';
import { ask, csrf, get, needLogin } from './http.ts';

export interface Session { authenticated: boolean; user: string | null; role: 'admin' | 'editor' | 'edit' | 'read' | 'ingest' | 'none'; tenant: string; csrf: string | null; auth: 'on' | 'off'; anonymous_read: boolean }
export const session = signal<Session | null>(null);

function take(s: Session): Session {
  session.value = s; csrf.value = s.csrf;
  needLogin.value = !s.authenticated && s.auth === 'on' && !s.anonymous_read;
  return s;
}
export const loadSession = async (): Promise<Session> => take(await get<Session>('/api/v1/belfry/session'));
export const login = async (token: string): Promise<Session> => take((await ask<Session>('/api/v1/belfry/login', { method: 'POST', body: { token } })).body);
export const loginByName = async (name: string, password: string): Promise<Session> => take((await ask<Session>('/api/v1/belfry/login', { method: 'POST', body: { user: name, password } })).body);
export async function logout(): Promise<void> {
  await ask('/api/v1/belfry/logout', { method: 'POST' });
  await loadSession();
}
/** Whether this browser may change things. */
export const mayChange = (s: Session | null): boolean => !!s && (s.auth === 'off' || (s.csrf !== null && s.role === 'admin'));
/** Whether it may change alarms and notifications: editors may that, and nothing else. */
export const mayEdit = (s: Session | null): boolean => mayChange(s) || (!!s && s.csrf !== null && (s.role === 'editor' || s.role === 'edit'));
/** Whether a login stands behind this browser; on loopback the server lets everybody read without one. */
export const signedIn = (s: Session | null): boolean => !!s && s.auth === 'on' && s.csrf !== null;
