import { clock } from '../progress.ts';
import type { Heading } from '../report.ts';
import type { BenchReport, BenchSection, Chart, Row, Table, Verdict } from '../results.ts';
import { chartSvg, legend } from './chart.ts';
import { boundText, cellText, machineText, quantity, tally } from './format.ts';
import { html, Markup } from './markup.ts';
import { styles } from './styles.ts';

/** The report as one page that needs neither network nor scripts. */
export function pageOf(report: BenchReport, { title, command }: Heading): string {
  const { sections, startedAt, seconds, machine, quick } = report;
  const when = new Date(startedAt).toISOString().slice(0, 16).replace('T', ' ');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}, ${when}</title>
<style>${new Markup(styles)}</style>
</head>
<body>
<header>
  <h1>${title}</h1>
  <dl>
    <div><dt>Run</dt><dd><time datetime="${startedAt}">${when} UTC</time>, ${clock(seconds)} minutes</dd></div>
    <div><dt>By</dt><dd><code>${command}</code>${quick && ' (fewer rounds and sizes)'}</dd></div>
    <div><dt>On</dt><dd>${machineText(machine)}</dd></div>
  </dl>
</header>
<main>
  ${verdictsOf(sections)}
  ${sections.map(sectionOf)}
</main>
<footer>Figures are medians; the range below or the whisker around each goes from its lowest round to its highest.
The same as data: <a href="results.json">results.json</a>.</footer>
</body>
</html>
`;
  return page.text;
}

function verdictsOf(sections: BenchSection[]): Markup | false {
  const verdicts = sections.flatMap((section) => section.verdicts);
  if (verdicts.length === 0) return false;
  return html`<section class="verdicts" aria-labelledby="verdicts">
  <h2 id="verdicts">${tally(verdicts)}</h2>
  <ul>${sections.flatMap(({ id, verdicts: own }) => own.map((verdict) => verdictOf(verdict, id)))}</ul>
</section>`;
}

function verdictOf(verdict: Verdict, section: string): Markup {
  const { claim, measured, unit, holds } = verdict;
  return html`<li class="${holds ? 'holds' : 'fails'}">
    <span class="mark" role="img" aria-label="${holds ? 'holds' : 'does not hold'}">${holds ? '✓' : '✗'}</span>
    <a href="#${section}">${claim}</a>
    <span class="figures"><b>${quantity(measured, unit)}</b> <span class="bound">${boundText(verdict)}</span></span>
  </li>`;
}

function sectionOf({ id, title, about, charts, tables }: BenchSection): Markup {
  return html`<section id="${id}">
  <h2>${title}</h2>
  <p>${about}</p>
  ${charts.map((chart, index) => chartOf(chart, `${id}-chart-${index}`))}
  ${tables.map(tableOf)}
</section>`;
}

/** Drawn twice, as a phone shows text of a wide drawing too small to be read; the style sheet shows one. */
function chartOf(chart: Chart, id: string): Markup {
  const drawable = chart.series.filter(({ points }) => points.length > 0);
  if (drawable.length === 0) return html`<p class="empty">${chart.title}: there is nothing to draw.</p>`;
  const longest = Math.max(...drawable.map(({ name }) => name.length));
  const shown = { ...chart, series: drawable };
  const { name, scale } = chart.y;
  const unit = chart.y.unit === '' ? '' : `, ${chart.y.unit}`;
  return html`<figure>
  <figcaption>${chart.title}<span class="axis-name">${name}${unit}${scale === 'log' && ' (log)'}</span></figcaption>
  ${chartSvg(shown, `${id}-wide`, { name: 'wide', width: 760, height: 340, labels: Math.min(260, longest * 7.4) })}
  ${chartSvg(shown, `${id}-narrow`, { name: 'narrow', width: 350, height: 280, labels: 0 })}
  ${drawable.length > 1 && legend(shown)}
</figure>`;
}

function tableOf({ title, columns, rows }: Table): Markup {
  return html`<div class="table" role="region" aria-label="${title}" tabindex="0"><table>
  <caption>${title}</caption>
  <thead><tr>${columns.map(
    ({ name, unit }) =>
      html`<th scope="col">${name}${unit !== '' && html` <span class="unit">${unit}</span>`}</th>`,
  )}</tr></thead>
  <tbody>${rows.map((row) => rowOf(row, columns.length))}</tbody>
</table></div>`;
}

function rowOf({ name, cells, void: reason }: Row, columns: number): Markup {
  const row = html`<tr class="${reason === undefined ? '' : 'void'}"><th scope="row">${name}</th>${cells.map(
    (cell) => {
      const { value, range } = cellText(cell);
      return html`<td>${value}${range !== '' && html`<span class="range">${range}</span>`}</td>`;
    },
  )}</tr>`;
  if (reason === undefined) return row;
  return html`${row}<tr class="reason"><td colspan="${columns}">Void, and not drawn: ${reason}</td></tr>`;
}
