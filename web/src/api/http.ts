// One way to talk to the server: typed errors, cancel, one retry of reads, the tenant and the CSRF header.
import { signal } from '@preact/signals';
import { BASE, param } from '../state/url.ts';

export class ApiError extends Error {
  constructor(readonly status: number, readonly kind: string, message: string, readonly code: string = '') { super(message); }
  /** The server was not reached at all. */
  get offline(): boolean { return this.status === 0; }
}

export type Link = 'connecting' | 'connected' | 'lost';
export const link = signal<Link>('connecting');
/** Set when the server wants a login before it shows anything. */
export const needLogin = signal(false);
export const csrf = signal<string | null>(null);

const RETRY_AFTER_MS = 400;
const TIMEOUT_MS = 120_000;  // the server's own query budget ends far below this

export interface Asked { signal?: AbortSignal; method?: string; body?: unknown; form?: Record<string, string>; timeoutMs?: number }
export interface Answer<T> { body: T; headers: Headers }

export async function ask<T>(path: string, a: Asked = {}): Promise<Answer<T>> {
  const read = !a.method || a.method === 'GET';
  for (let attempt = 0; ; attempt++) {
    try { return await once<T>(path, a); } catch (e) {
      const again = read && attempt === 0 && e instanceof ApiError && (e.offline || e.status === 503);
      if (!again || a.signal?.aborted) throw e;
      await new Promise((r) => setTimeout(r, RETRY_AFTER_MS));
    }
  }
}
export const get = async <T>(path: string, signal?: AbortSignal): Promise<T> => (await ask<T>(path, { signal })).body;

/** The server takes whole milliseconds; lengths typed by people and clocks of the browser may be finer. */
const wholeMs = (key: string, v: unknown): unknown => (typeof v === 'number' && key.endsWith('_ms') ? Math.round(v) : v);

async function once<T>(path: string, a: Asked): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  const tenant = param('tenant');
  if (tenant) headers['X-Scope-OrgID'] = tenant;
  const method = a.method ?? 'GET';
  if (method !== 'GET' && csrf.value) headers['X-Belfry-Csrf'] = csrf.value;
  let body: BodyInit | undefined;
  if (a.form) body = new URLSearchParams(a.form);
  else if (a.body !== undefined) { body = JSON.stringify(a.body, wholeMs); headers['Content-Type'] = 'application/json'; }
  const timeout = AbortSignal.timeout(a.timeoutMs ?? TIMEOUT_MS);
  let r: Response;
  try {
    r = await fetch(BASE + path, { method, headers, body, credentials: 'same-origin', signal: a.signal ? AbortSignal.any([a.signal, timeout]) : timeout });
  } catch (e) {
    if (a.signal?.aborted) throw e;
    if (timeout.aborted) throw new ApiError(0, 'timeout', 'The server did not answer in time.');
    throw new ApiError(0, 'unreachable', 'The server cannot be reached.');
  }
  if (r.status === 204) return { body: undefined as T, headers: r.headers };
  const text = await r.text();
  let json: { status?: string; error?: string; errorType?: string; code?: string } | undefined;
  try { json = JSON.parse(text) as typeof json; } catch { /* handled below */ }
  if (!r.ok || json?.status === 'error') {
    if (r.status === 401) needLogin.value = true;
    throw new ApiError(r.status, json?.errorType ?? '', json?.error ?? `The server answered ${r.status} ${r.statusText}.`, json?.code ?? '');
  }
  if (json === undefined) throw new ApiError(r.status, 'bad_answer', 'The answer is not JSON. A proxy in between may have replaced it.');
  return { body: json as T, headers: r.headers };
}

export function qs(params: Record<string, string | number | readonly string[] | undefined>): string {
  const u = new URLSearchParams();
  for (const [k, v] of Object.entries(params)) {
    if (v === undefined || v === '') continue;
    if (typeof v === 'object') for (const x of v) u.append(k, x); else u.append(k, String(v));
  }
  const s = u.toString();
  return s && '?' + s;
}

export const isAbort = (e: unknown): boolean => e instanceof DOMException && e.name === 'AbortError';
export const messageOf = (e: unknown): string => (e instanceof Error ? e.message : String(e));
