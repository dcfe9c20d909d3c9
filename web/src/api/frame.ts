import { get } from './http.ts';

export interface Frame {
  version: string; node: string; role: string; now_ms: number; start_ms: number; received_per_s: number; queue_age_ms: number | null;
  stored_to_ms: number | null; tenants: string[]; alarms_ringing: number | null; demo: boolean;
}
export const getFrame = (signal?: AbortSignal): Promise<Frame> => get<Frame>('/api/v1/belfry/frame', signal);
