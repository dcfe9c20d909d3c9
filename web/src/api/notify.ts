// Who is told: methods, silences, routing, and what was sent.
import { ask, get, qs } from './http.ts';
import type { AlarmState, Names } from './alarms.ts';

export interface Health { pending: number; failing_since_ms: number | null; last_ok_ms: number | null; last_error: string }
export interface Method { id: string; name: string; type: string; address: string; period_s: number; options: Names; created_ms: number; updated_ms: number; health: Health | null }
export type MethodDraft = Pick<Method, 'name' | 'type' | 'address' | 'period_s' | 'options'>;
export interface MethodType { type: string; address_hint: string; options: { name: string; hint: string; secret: boolean; multiline: boolean }[] }
export interface Tested { ok: boolean; status: number; took_ms: number; detail: string }
export interface Matcher { name: string; op: '=' | '!=' | '=~' | '!~'; value: string }
export interface Silence { id: string; matchers: Matcher[]; starts_ms: number; ends_ms: number; created_by: string; comment: string; status: 'active' | 'pending' | 'expired'; alarms: number }
export type SilenceDraft = Pick<Silence, 'matchers' | 'starts_ms' | 'ends_ms' | 'comment'>;
export interface Delivery { id: number; at_ms: number; alarm_id: string; alarm_name: string; transition_id: string; state: AlarmState; method_id: string; method: string; type: string; status: 'sent' | 'failed' | 'pending' | 'silenced'; attempts: number; next_ms: number | null; code: number | null; detail: string; took_ms: number | null }
export interface Routing { yaml: string; error: null | string | { message: string; line?: number | null } }

const B = '/api/v1/belfry', M = B + '/notification-methods', S = B + '/silences', id = (x: string): string => '/' + encodeURIComponent(x);
const list = <T>(r: T[] | Record<string, unknown>, ...keys: string[]): T[] => (Array.isArray(r) ? r : ((keys.map((k) => r[k]).find(Array.isArray) as T[] | undefined) ?? []));
export const listMethods = async (s?: AbortSignal): Promise<Method[]> => list<Method>(await get(M, s), 'methods', 'notification_methods');
export const methodTypes = async (s?: AbortSignal): Promise<MethodType[]> => (await get<{ types: MethodType[] }>(M + '/types', s)).types;
export const saveMethod = async (m: MethodDraft, of?: string): Promise<void> => { await ask(of ? M + id(of) : M, { method: of ? 'PUT' : 'POST', body: m }); };
export const deleteMethod = async (of: string): Promise<void> => { await ask(M + id(of), { method: 'DELETE' }); };
export const testMethod = async (of: string): Promise<Tested> => (await ask<Tested>(M + id(of) + '/test', { method: 'POST' })).body;
export const listSilences = async (s?: AbortSignal): Promise<Silence[]> => list<Silence>(await get(S, s), 'silences');
export const saveSilence = async (d: SilenceDraft, of?: string): Promise<void> => { await ask(of ? S + id(of) : S, { method: of ? 'PUT' : 'POST', body: d }); };
export const expireSilence = async (of: string): Promise<void> => { await ask(S + id(of), { method: 'DELETE' }); };
export const getRouting = (s?: AbortSignal): Promise<Routing> => get(B + '/routing', s);
export const saveRouting = async (yaml: string): Promise<Routing | undefined> => (await ask<Routing | undefined>(B + '/routing', { method: 'PUT', body: { yaml } })).body;
export const listDeliveries = async (p: { alarm_id?: string; method_id?: string; status?: string; limit: number; before?: string }, s?: AbortSignal): Promise<Delivery[]> => (await get<{ deliveries: Delivery[] }>(B + '/deliveries' + qs(p), s)).deliveries;
