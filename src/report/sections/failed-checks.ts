/** What an evaluation found suspicious, and what could not be read, where nobody can miss it. */
import { type Html, html } from '../html.ts';
import type { ReportRun } from '../model.ts';

/** @returns undefined where there is nothing to worry about. */
export function alarmsHtml(runs: readonly ReportRun[]): Html | undefined {
  const failedChecks = runs.flatMap(({ name, evaluations, problems }) =>
    [...problems, ...new Set(evaluations.flatMap((evaluation) => evaluation.failedChecks))].map(
      (failedCheck) => html`<li>${runs.length > 1 && html`<b>${name}:</b> `}${failedCheck}</li>`,
    ),
  );
  if (failedChecks.length === 0) return undefined;
  return html`<div class="failed-checks" role="note"><p>Alarms: read these before the numbers</p><ul>${failedChecks}</ul></div>`;
}
