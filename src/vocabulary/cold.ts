/**
 * A cold start in words: its phases in the order in which they happen, which of them a user waits
 * for, and what was done to the page cache before. Everything that measures, keeps, judges or shows
 * cold starts names the phases from here.
 */

/** What is done to the model's file before each cold process. */
export const PAGE_CACHES = ['dropped', 'warmed'] as const;
export type PageCache = (typeof PAGE_CACHES)[number];

/** What the file turned out to be: share of it in the page cache none, all, or something between. */
export const CACHE_STATES = ['cold', 'partly', 'warm', 'unknown'] as const;
export type CacheState = (typeof CACHE_STATES)[number];

/**
 * The phases of one process, which together are its whole life:
 *
 * - start: the parent's call of fork() to the first line of the process's own code
 * - import: the runtime's package with its native library
 * - read: the model's file into memory
 * - session: the session from these bytes; from the path where weights lie in other files
 * - first: the first request
 * - shapes: the first two requests of each further input shape of a mix
 * - steady: requests until the warm-up rule calls the latency steady
 * - other: mlat's own work (its modules, the message with the task, making inputs) and the process's end
 */
export const COLD_PHASES = [
  'start',
  'import',
  'read',
  'session',
  'first',
  'shapes',
  'steady',
  'other',
] as const;
export type ColdPhase = (typeof COLD_PHASES)[number];

/** The phases that pass before the first answer: their sum is what "cold" means in rules and tables. */
export const ANSWER_PHASES = ['start', 'import', 'read', 'session', 'first'] as const;

/** The phases that rules can name: "cold session p50 <= 100ms". */
export const RULE_PHASES = [...ANSWER_PHASES, 'steady'] as const;
export type RulePhase = (typeof RULE_PHASES)[number];

/** Processes of a cold cell when nobody says otherwise: enough for a p50 with an interval. */
export const COLD_STARTS = 20;

/** What a cold start here leaves in the page cache, because the machine runs on it. */
export const NEVER_DROPPED: readonly string[] = ['the node program', "the runtime's libraries and modules"];
