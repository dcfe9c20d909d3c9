// What the server scrapes: Prometheus' own answers, and what Belfry adds to them.
import { get } from './http.ts';

export type Labels = Record<string, string>;
export interface Target {
  discoveredLabels: Labels; labels: Labels; scrapePool: string; scrapeUrl: string; lastError: string; lastScrape: string; lastScrapeDuration: number;
  health: 'up' | 'down' | 'unknown'; scrapeInterval: string; scrapeTimeout: string; samples: number; series: number; bodyBytes: number; contentType: string;
}
export interface Dropped { discoveredLabels: Labels; scrapePool: string }
export interface Pool { name: string; error: string; interval_ms: number; up: number; down: number; unknown: number; dropped: number }
export interface Scraping { config_file: string; error: string; warnings: string[]; pools: Pool[]; targets: Target[]; dropped: Dropped[] }

/** Both questions at once, so that counts and rows are of the same moment. */
export async function getScraping(signal?: AbortSignal): Promise<Scraping> {
  const [overview, list] = await Promise.all([
    get<Omit<Scraping, 'targets' | 'dropped'>>('/api/v1/belfry/scrape', signal),
    get<{ data: { activeTargets: Target[]; droppedTargets: Dropped[] } }>('/api/v1/targets', signal),
  ]);
  return { ...overview, targets: list.data.activeTargets, dropped: list.data.droppedTargets };
}
