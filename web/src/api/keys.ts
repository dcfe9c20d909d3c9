import { ask, get } from './http.ts';

export type Scope = 'ingest' | 'read' | 'admin';
export interface ApiKey { id: string; name: string; scope: Scope; created_ms?: number; expires_ms?: number | null; last_used_ms?: number | null; tenant?: string }
export async function listKeys(signal?: AbortSignal): Promise<ApiKey[]> {
  const r = await get<{ keys: ApiKey[] } | ApiKey[]>('/api/v1/belfry/keys', signal);
  return Array.isArray(r) ? r : r.keys;
}
export const createKey = async (name: string, scope: Scope, expiresMs?: number): Promise<{ id: string; key: string }> =>
  (await ask<{ id: string; key: string }>('/api/v1/belfry/keys', { method: 'POST', body: { name, scope, ...(expiresMs ? { expires_ms: expiresMs } : {}) } })).body;
export const revokeKey = async (id: string): Promise<void> => { await ask('/api/v1/belfry/keys/' + encodeURIComponent(id), { method: 'DELETE' }); };
