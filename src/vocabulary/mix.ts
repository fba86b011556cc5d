/**
 * What a timed process has to know of params. Apart from params.ts, whose schemas it would load for
 * nothing: every process of a run would start a tenth of a second later.
 */
import type { DimMix, Dims } from './params.js';

/** True when a dims value is a mix of several sets of sizes. */
export const isMix = (dims: Dims): dims is DimMix => Array.isArray((dims as { mix?: unknown }).mix);
