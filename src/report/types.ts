/** What a reporter is. A reporter is pure: a Results document in, text out. */
import type { Results } from '../results/schema.js';

/** A file that the run wrote, for the report to name. */
export interface ReportFile {
  /** As the reader should type it. */
  readonly path: string;
  /** What is in it: "everything measured, read by mlat report". */
  readonly describe: string;
}

/** What a caller can ask of a reporter; each reporter reads what concerns it. */
export interface ReportOptions {
  /** Default false. */
  readonly color?: boolean;
  /** Columns; default 80. */
  readonly width?: number;
  /** Block and box characters; default true. */
  readonly unicode?: boolean;
  /** Show this one cell in full: its id, the start of its id, or its label. */
  readonly cell?: string;
  /** Rows of the table of cells before the rest is only counted; default 24. */
  readonly rows?: number;
  /** Files to name at the end. */
  readonly files?: readonly ReportFile[];
}

interface ReporterBase {
  /** As `--format` names it. */
  readonly name: string;
  /** One line for `--help`. */
  readonly describe: string;
  /** Of its files, without the dot. */
  readonly extension: string;
}

/** One text for the whole document. */
export interface DocumentReporter extends ReporterBase {
  readonly perCell: false;
  readonly render: (results: Results, options?: ReportOptions) => string;
}

/** A file for each cell that has a histogram. Names have no folder in them. */
export interface CellReporter extends ReporterBase {
  readonly perCell: true;
  readonly files: (
    results: Results,
    options?: ReportOptions,
  ) => readonly { readonly name: string; readonly content: string }[];
}

export type Reporter = DocumentReporter | CellReporter;
