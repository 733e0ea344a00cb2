/** The page's style sheet. Series' colours keep 3:1 against either ground. */
export const styles = `
:root {
  color-scheme: light dark;
  --ground: #fff; --panel: #f6f7f9; --text: #1b1f24; --soft: #5a6472; --edge: #dde1e6;
  --good: #117a41; --bad: #c22f2f; --link: #1d5fbf;
  --s0: #1f6feb; --s1: #c4500b; --s2: #178a5e; --s3: #9b3fc2; --s4: #b3305f; --s5: #6d7400; --s6: #0d8299; --s7: #6b6f76;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --panel: #1a2028; --text: #e7ebf0; --soft: #9aa6b4; --edge: #2c3541;
    --good: #4bc98a; --bad: #ff7b72; --link: #7db4ff;
    --s0: #6aaeff; --s1: #ff9a55; --s2: #4fd0a0; --s3: #d291f5; --s4: #ff7fa8; --s5: #cdd157; --s6: #56cfe5; --s7: #a6adb7;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 32px 24px 48px; max-width: 1020px; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
h1 { margin: 0 0 8px; font-size: 30px; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 0 0 8px; font-size: 21px; line-height: 1.3; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
code { font: 0.92em ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
header dl { margin: 0; color: var(--soft); }
header dl div { display: flex; gap: 12px; }
header dt { flex: none; width: 32px; }
header dd { margin: 0; color: var(--text); overflow-wrap: anywhere; }
section { margin-top: 48px; scroll-margin-top: 16px; }
section > p { margin: 0 0 16px; color: var(--soft); max-width: 75ch; }
.verdicts { margin-top: 28px; padding: 20px 24px; background: var(--panel); border: 1px solid var(--edge); border-radius: 10px; }
.verdicts ul { margin: 0; padding: 0; list-style: none; }
.verdicts li { display: grid; grid-template-columns: 24px 1fr auto; gap: 0 8px; padding: 7px 0; border-top: 1px solid var(--edge); }
.verdicts .mark { font-weight: 700; }
.holds .mark { color: var(--good); }
.fails .mark, .fails b { color: var(--bad); }
.verdicts li a { color: inherit; text-decoration-color: var(--edge); }
.verdicts .figures { text-align: right; font-variant-numeric: tabular-nums; }
.bound { color: var(--soft); margin-left: 8px; }
figure { margin: 20px 0 28px; }
figcaption { font-weight: 600; }
.axis-name { display: block; font-weight: 400; font-size: 14px; color: var(--soft); }
svg.chart { display: block; width: 100%; height: auto; margin-top: 8px; }
svg.narrow { display: none; }
svg text { font-family: inherit; font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
.grid { stroke: var(--edge); }
.base, svg line.mark { stroke: var(--soft); }
.line { fill: none; stroke: var(--c); stroke-width: 2.25; stroke-linejoin: round; }
.whisker { fill: none; stroke: var(--c); stroke-width: 1.25; }
.point { fill: var(--c); stroke: var(--ground); stroke-width: 1; }
svg text.label { fill: var(--c); font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0 0; padding: 0; list-style: none; font-size: 14px; }
.legend li { display: flex; align-items: center; gap: 5px; }
.key { width: 16px; height: 16px; }
${[0, 1, 2, 3, 4, 5, 6, 7].map((look) => `.s${look} { --c: var(--s${look}); }`).join(' ')}
.table { overflow-x: auto; margin-top: 20px; }
table { border-collapse: collapse; width: 100%; font-size: 14.5px; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; font-size: 16px; padding-bottom: 6px; }
th, td { padding: 6px 0 6px 14px; text-align: right; vertical-align: top; border-top: 1px solid var(--edge); }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
thead th { vertical-align: bottom; font-weight: 400; color: var(--soft); border-top: 0; }
.unit { display: block; }
tbody th { font-weight: 500; }
.range { display: block; font-size: 12.5px; color: var(--soft); white-space: nowrap; }
.void { color: var(--soft); text-decoration: line-through; }
.reason td { border-top: 0; padding: 0 0 6px; font-size: 13.5px; color: var(--bad); }
.empty { color: var(--soft); }
footer { margin-top: 48px; padding-top: 12px; border-top: 1px solid var(--edge); font-size: 14px; color: var(--soft); }
@media (max-width: 600px) {
  body { padding: 20px 16px 40px; }
  h1 { font-size: 25px; }
  svg.wide { display: none; }
  svg.narrow { display: block; }
  .verdicts { padding: 16px; }
  .verdicts li { grid-template-columns: 20px 1fr; }
  .verdicts .figures { grid-column: 2; text-align: left; }
  tbody th { min-width: 9em; }
  th:first-child { position: sticky; left: 0; background: var(--ground); }
}
@media print { body { max-width: none; } section { break-inside: avoid-page; } }
`;
