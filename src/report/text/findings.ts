/** What to distrust in the numbers, why, and what to do about it. */
import type { Finding } from '../../results/conclusions-schema.js';
import type { Results } from '../../results/schema.js';
import { integer, listed, plural } from './format.js';
import { paragraph, section, truncate } from './layout.js';
import type { Look } from './look.js';
import { clean } from './sanitise.js';

const SEVERITIES = ['serious', 'warning', 'note'] as const;

/** Findings told in full; the rest is counted, least severe last. */
const SHOWN = 10;

/** The section; empty when there is nothing to say. */
export const findingsSection = (results: Results, look: Look): string[] => {
  const open = results.findings
    .filter((finding) => !finding.muted)
    .toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const muted = results.findings.length - open.length;
  if (results.findings.length === 0) return [];
  const counts = [
    ...SEVERITIES.map((severity) => ({
      severity,
      count: open.filter((each) => each.severity === severity).length,
    }))
      .filter(({ count }) => count > 0)
      .map(({ severity, count }) =>
        severity === 'serious' ? `${integer(count)} serious` : plural(count, severity),
      ),
    ...(muted === 0 ? [] : [`${integer(muted)} muted`]),
  ];
  const rest = open.slice(SHOWN);
  return section(
    'Findings',
    counts.join(', '),
    [
      ...open.slice(0, SHOWN).flatMap((finding) => describe(finding, results, look)),
      ...(rest.length === 0
        ? []
        : paragraph(
            `${look.sign.ellipsis} and ${integer(rest.length)} more: ${listed([...new Set(rest.map((each) => clean(each.id)))], 6)}`,
            look,
            { first: '  ' },
          )),
    ],
    look,
  );
};

const describe = (finding: Finding, results: Results, look: Look): string[] => {
  const { paint, sign } = look;
  const style =
    finding.severity === 'serious' ? paint.bad : finding.severity === 'warning' ? paint.warn : paint.strong;
  const mark = finding.severity === 'note' ? sign.bullet : sign.alert;
  const title = `${finding.severity}: ${clean(finding.title)}`;
  const about = `${clean(finding.id)}${look.sign.dot}${cellsOf(finding, results, look)}`;
  return [
    ...paragraph(title, look, { first: `  ${mark} `, style }),
    ...paragraph(about, look, { first: '    ', style: paint.dim }),
    ...paragraph(clean(finding.cause), look, { first: '    why  ' }),
    ...paragraph(clean(finding.action), look, { first: '    do   ' }),
  ];
};

const cellsOf = (finding: Finding, results: Results, look: Look): string => {
  if (finding.cells.length === 0) return 'the whole run';
  if (finding.cells.length === results.cells.length && results.cells.length > 1) {
    return `all ${plural(results.cells.length, 'cell')}`;
  }
  const labels = new Map(results.cells.map((cell) => [cell.id, clean(cell.label)]));
  return listed(
    finding.cells.map((id) => truncate(labels.get(id) ?? clean(id), 48, look)),
    3,
  );
};
