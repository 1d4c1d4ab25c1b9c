/** summary.csv: the epochs of a run as a table that any spreadsheet opens. A view of metrics.jsonl, never a source. */

import { writeAtomically } from '../files/index.ts';
import { type MetricRecord, type MetricValue, readMetrics } from './metrics.ts';

/** Rewrites `path` from the `epoch` records of the log at `metricsPath`. */
export async function refreshSummary(path: string, metricsPath: string): Promise<void> {
  const rows: MetricRecord[] = [];
  for await (const record of readMetrics(metricsPath)) if (record.kind === 'epoch') rows.push(record);
  await writeAtomically(path, formatSummary(rows));
}

/** The rows as CSV: a column for every name that occurs, in the order of their first occurrence. */
export function formatSummary(records: readonly MetricRecord[]): string {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))].filter(
    (name) => name !== 'kind',
  );
  const lines = [columns, ...records.map((record) => columns.map((name) => record[name]))];
  return lines.map((cells) => `${cells.map(cell).join(',')}\n`).join('');
}

// RFC 4180: quotes around what holds a separator, doubled inside.
function cell(value: MetricValue | undefined): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
