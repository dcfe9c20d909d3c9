import { ask, get, qs } from './http.ts';

export interface DashboardHead { id: string; title: string; folder: string; tags: string[]; panels: number; version: number; created_ms: number; created_by: string; updated_ms: number; updated_by: string }
export interface Stored extends DashboardHead { dashboard: unknown }
const PATH = '/api/v1/belfry/dashboards';
const one = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;

export const listDashboards = async (signal?: AbortSignal): Promise<DashboardHead[]> => (await get<{ dashboards: DashboardHead[] }>(PATH, signal)).dashboards;
export const getDashboard = (id: string, signal?: AbortSignal): Promise<Stored> => get<Stored>(one(id), signal);
export const createDashboard = async (body: unknown, id?: string): Promise<DashboardHead> => (await ask<DashboardHead>(PATH + qs({ id }), { method: 'POST', body })).body;
/** A 409 when `version` is not the newest any more. */
export const saveDashboard = async (id: string, version: number, body: unknown): Promise<DashboardHead> => (await ask<DashboardHead>(one(id) + qs({ version }), { method: 'PUT', body })).body;
export const deleteDashboard = async (id: string): Promise<void> => { await ask(one(id), { method: 'DELETE' }); };
export const dashboardVersions = async (id: string, signal?: AbortSignal): Promise<DashboardHead[]> => (await get<{ versions: DashboardHead[] }>(one(id) + '/versions', signal)).versions;
export const dashboardVersion = (id: string, version: number, signal?: AbortSignal): Promise<Stored> => get<Stored>(`${one(id)}/versions/${version}`, signal);
