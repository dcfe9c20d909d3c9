import { ask, get } from './http.ts';

export interface Demo { running: boolean; series: number; since_ms: number | null }
export const getDemo = (signal?: AbortSignal): Promise<Demo> => get<Demo>('/api/v1/belfry/demo', signal);
export const startDemo = async (): Promise<void> => { await ask('/api/v1/belfry/demo', { method: 'POST', body: {} }); };
export const removeDemo = async (): Promise<void> => { await ask('/api/v1/belfry/demo', { method: 'DELETE' }); };
