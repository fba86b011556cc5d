/**
 * The metrics that rules and objectives can name. How a metric is read from a document is the
 * business of judge/; here is only what it is called, what it counts and which way is better.
 */
import { RULE_PHASES, type RulePhase } from './cold.js';
import { PROVIDERS } from './providers.js';
import { formatBytes, formatDuration, formatRate, formatShare } from './units.js';

/** What a metric's number counts: ns, items per second, a share from 0 to 1, bytes. */
export type MetricKind = 'duration' | 'rate' | 'share' | 'size';

export interface Metric {
  /** As written: "p99", "throughput". */
  readonly name: string;
  readonly kind: MetricKind;
  readonly better: 'lower' | 'higher';
  /** For a percentile, its level from 0 to 1 (0.99). */
  readonly quantile?: number;
  /** For a metric of cold starts: one phase, or all until the first answer. Its cells start cold. */
  readonly cold?: RulePhase | 'answer';
  /** Of "nodes on cuda": the provider. Only cells that ask for it have the metric. */
  readonly provider?: string;
  readonly description: string;
}

const NAMED: readonly Metric[] = [
  { name: 'min', kind: 'duration', better: 'lower', description: 'smallest latency' },
  { name: 'mean', kind: 'duration', better: 'lower', description: 'mean latency' },
  { name: 'stdev', kind: 'duration', better: 'lower', description: 'standard deviation of the latency' },
  { name: 'max', kind: 'duration', better: 'lower', description: 'largest latency' },
  { name: 'throughput', kind: 'rate', better: 'higher', description: 'items per second' },
  { name: 'errors', kind: 'share', better: 'lower', description: 'share of requests that failed' },
  { name: 'memory', kind: 'size', better: 'lower', description: 'peak resident memory of the process' },
  { name: 'hit rate', kind: 'share', better: 'higher', description: 'share of items that were in the cache' },
  { name: 'accuracy', kind: 'share', better: 'higher', description: 'top-1 accuracy on labelled inputs' },
];

/** The names of the metrics, for messages; "pNN" stands for any percentile. */
export const METRIC_NAMES: readonly string[] = ['pNN', ...NAMED.map((metric) => metric.name)];

/** The names of the metrics of execution providers, for messages. */
export const PROVIDER_METRIC_NAMES: readonly string[] = PROVIDERS.map((provider) => `nodes on ${provider}`);

/** "nodes on cuda": the share of the model's nodes that the provider ran, of the cells that ask for it. */
const parseProviderMetric = (name: string): Metric | null => {
  const provider = PROVIDERS.find((candidate) => name === `nodes on ${candidate}`);
  return provider === undefined
    ? null
    : {
        name,
        kind: 'share',
        better: 'higher',
        provider,
        description: `share of the model's nodes that ${provider} ran`,
      };
};

/** Usual names of metrics of cold starts, for messages; any percentile will do. */
export const COLD_METRIC_NAMES: readonly string[] = ['', ...RULE_PHASES].flatMap((phase) =>
  ['p50', 'p90', 'p95', 'mean'].map((stat) => ['cold', phase, stat].filter((word) => word !== '').join(' ')),
);

const isRulePhase = (word: string): word is RulePhase => (RULE_PHASES as readonly string[]).includes(word);

/** "cold p90", "cold session p50", "cold mean": time until the first answer, or of one phase. */
const parseColdMetric = (name: string): Metric | null => {
  const [, phase, stat = ''] = /^cold (?:(\w+) )?(\S+)$/.exec(name) ?? [];
  if (phase !== undefined && !isRulePhase(phase)) return null;
  const base = stat === 'mean' ? NAMED.find((metric) => metric.name === 'mean') : parsePercentile(stat);
  if (base === undefined || base === null) return null;
  const what = phase === undefined ? 'time from fork to the first answer' : `time of the phase ${phase}`;
  const how = stat === 'mean' ? 'mean' : `${stat.slice(1)}th percentile of the`;
  return { ...base, name, cold: phase ?? 'answer', description: `${how} ${what} of a cold start` };
};

/**
 * Reads a metric's name: one of METRIC_NAMES, a percentile such as p50, p99, p99.9, p99.99, or one of
 * cold starts or of execution providers. Null when there is no such metric; p0 and p100 are `min` and `max` and are refused.
 */
export const parseMetric = (name: string): Metric | null => {
  if (name.startsWith('cold ')) return parseColdMetric(name);
  if (name.startsWith('nodes on ')) return parseProviderMetric(name);
  const named = NAMED.find((metric) => metric.name === name);
  return named ?? parsePercentile(name);
};

const parsePercentile = (name: string): Metric | null => {
  const match = /^p(\d{1,2}(?:\.\d{1,4})?)$/.exec(name);
  if (match?.[1] === undefined) return null;
  const quantile = Number((Number(match[1]) / 100).toPrecision(12));
  if (quantile <= 0) return null;
  return {
    name,
    kind: 'duration',
    better: 'lower',
    quantile,
    description: `${match[1]}th percentile of the latency`,
  };
};

/** A value of this kind as a person reads it. */
export const formatMetricValue = (kind: MetricKind, value: number): string => {
  switch (kind) {
    case 'duration':
      return formatDuration(value);
    case 'rate':
      return formatRate(value);
    case 'share':
      return formatShare(value);
    case 'size':
      return formatBytes(value);
  }
};
