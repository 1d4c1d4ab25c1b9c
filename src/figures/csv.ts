/** The data behind a figure as a CSV file, and files as links that need no server. */

export type CsvValue = string | number | undefined;
export type CsvRow = Readonly<Record<string, CsvValue>>;

/** RFC 4180, columns in order of first appearance. */
export function csv(rows: readonly CsvRow[]): string {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const lines = rows.map((row) => columns.map((column) => field(row[column])));
  return [columns.map(field), ...lines].map((line) => `${line.join(',')}\r\n`).join('');
}

/** = : / , ; stay as they are: a drawing has many of them, and escaped they take three times the space. */
export const dataUri = (mediaType: string, text: string): string =>
  `data:${mediaType};charset=utf-8,${encodeURIComponent(text).replace(/%(3D|3A|2F|2C|3B)/g, decodeURIComponent)}`;

function field(value: CsvValue): string {
  const text = value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
