import { ask, get } from './http.ts';

export interface User { id: string; name: string; enabled: boolean; projects: Record<string, string[]>; created_ms: number; updated_ms: number; password_changed_ms: number }
interface Rights { project?: string; roles?: string[]; password?: string; enabled?: boolean }
const U = '/api/v1/belfry/users';
export const listUsers = async (s?: AbortSignal): Promise<{ users: User[]; roles: string[] }> => { const r = await get<{ users: User[]; roles?: string[] }>(U, s); return { users: r.users, roles: r.roles ?? [] }; };
export const addUser = async (u: { name: string } & Rights): Promise<void> => { await ask(U, { method: 'POST', body: u }); };
export const changeUser = async (name: string, u: Rights): Promise<void> => { await ask(`${U}/${encodeURIComponent(name)}`, { method: 'PUT', body: u }); };
export const removeUser = async (name: string): Promise<void> => { await ask(`${U}/${encodeURIComponent(name)}`, { method: 'DELETE' }); };
