/** What one `npm run bench` found. It is written as JSON, drawn as HTML and printed as tables, all from this one shape. */
export interface BenchReport {
  /** ISO 8601. */
  startedAt: string;
  /** Seconds from start to end. */
  seconds: number;
  /** With `--quick`: fewer rounds and sizes. */
  quick: boolean;
  machine: { cpu: string; cores: number; memoryGib: number; node: string; kernel: string };
  sections: BenchSection[];
}

export interface BenchSection {
  /** Also its anchor in the HTML report. */
  id: string;
  title: string;
  /** What is measured and how, in a few sentences that a stranger understands. */
  about: string;
  tables: Table[];
  charts: Chart[];
  verdicts: Verdict[];
}

/** A figure of several rounds. */
export interface Sample {
  median: number;
  low: number;
  high: number;
}

export interface Table {
  title: string;
  /** The first column names the row; the unit belongs to the column: `µs`, `ms`, `$`, `MB`, `1/s` or ''. */
  columns: { name: string; unit: string }[];
  rows: Row[];
}

export interface Row {
  name: string;
  /** One for each column after the first; null where there is no figure. */
  cells: (Sample | number | string | null)[];
  /** Why the row does not count: not everything was delivered, say. */
  void?: string;
}

export interface Chart {
  title: string;
  x: { name: string; scale: 'linear' | 'log' };
  y: { name: string; unit: string; scale: 'linear' | 'log' };
  series: { name: string; points: { x: number; y: Sample }[] }[];
}

/** A claim of the issue or of README, held against this run. */
export interface Verdict {
  claim: string;
  bound: { atMost: number } | { atLeast: number };
  measured: number;
  unit: string;
  holds: boolean;
}
