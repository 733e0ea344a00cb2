import { readFileSync } from 'node:fs';

/** Each section's text, in one line, by its anchor. */
const sections = new Map(
  readFileSync('docs/runbook.md', 'utf8')
    .split(/^## (?=fanfare-)/m)
    .slice(1)
    .map((section): [string, string] => {
      const [anchor = '', ...lines] = section.split('\n');
      return [anchor, lines.join(' ').replaceAll(/\s+/g, ' ')];
    }),
);

/** The anchor of the section that an alarm's description ends with the link to. */
export function anchorOf(description: string | undefined): string {
  return description?.match(/ docs\/runbook\.md#(\S+)$/)?.[1] ?? '';
}

/** Throws where there is no such section. */
export function sectionAt(anchor: string): string {
  const section = sections.get(anchor);
  if (section === undefined) throw new Error(`The runbook has no section ${anchor}`);
  return section;
}

/** Whether who reads one section, and follows its links twice at most, gets to the other. */
export function leadsTo(from: string, to: string): boolean {
  const links = (anchor: string) =>
    [...sectionAt(anchor).matchAll(/\(#(fanfare-[a-z0-9-]+)\)/g)].map(([, linked = '']) => linked);
  const near = [from, ...links(from)];
  return [...near, ...near.flatMap(links)].includes(to);
}
