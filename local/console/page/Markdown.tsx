import type { ReactNode } from 'react';

/** The Markdown that dashboards use: headings, lists, tables, rules, links, emphasis and code. Everything else is text. */
export function Markdown({ text }: { text: string }) {
  return <div className="markdown">{blocks(text.split('\n'))}</div>;
}

function blocks(lines: string[]): ReactNode[] {
  const found: ReactNode[] = [];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i] ?? '';
    const run = (pattern: RegExp) => {
      const from = i;
      while (i < lines.length && pattern.test(lines[i] ?? '')) i++;
      return lines.slice(from, i);
    };
    const [, hashes, heading] = /^(#{1,4})\s+(.*)$/.exec(line) ?? [];
    if (line.trim() === '') i++;
    else if (hashes && heading !== undefined) {
      i++;
      const Heading = hashes.length === 1 ? 'h2' : hashes.length === 2 ? 'h3' : 'h4';
      found.push(<Heading key={i}>{spans(heading)}</Heading>);
    } else if (/^\s*(-{3,}|\*{3,})\s*$/.test(line)) {
      i++;
      found.push(<hr key={i} />);
    } else if (/^\s*[-*]\s/.test(line)) {
      found.push(<ul key={i}>{items(run(/^\s*[-*]\s/), /^\s*[-*]\s+/)}</ul>);
    } else if (/^\s*\d+\.\s/.test(line)) {
      found.push(<ol key={i}>{items(run(/^\s*\d+\.\s/), /^\s*\d+\.\s+/)}</ol>);
    } else if (/^\s*\|/.test(line)) found.push(<Table key={i} lines={run(/^\s*\|/)} />);
    else {
      const paragraph = run(/^(?!\s*([-*]\s|\d+\.\s|\||#{1,4}\s|$))/);
      // A line that begins like a block and is none must not be looked at for ever.
      if (paragraph.length === 0) paragraph.push(lines[i++] ?? '');
      found.push(<p key={i}>{spans(paragraph.join(' '))}</p>);
    }
  }
  return found;
}

function items(lines: string[], mark: RegExp): ReactNode[] {
  return lines.map((line) => <li key={line}>{spans(line.replace(mark, ''))}</li>);
}

function Table({ lines }: { lines: string[] }) {
  const rows = lines.map((line) =>
    line
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => cell.trim()),
  );
  const [head = [], ...body] = rows.filter((cells) => !cells.every((cell) => /^:?-+:?$/.test(cell)));
  return (
    <table>
      <thead>
        <tr>
          {head.map((cell) => (
            <th key={cell}>{spans(cell)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {body.map((cells) => (
          <tr key={cells.join('|')}>
            {cells.map((cell, column) => (
              <td key={`${head[column]} ${cell}`}>{spans(cell)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const span = /\[([^\]]+)\]\(([^)\s]+)\)|\*\*([^*]+)\*\*|`([^`]+)`|\*([^*\s][^*]*)\*/g;

/** Text with its links and emphasis. A link leads to the web or it is text: a dashboard must not run anything here. */
function spans(text: string): ReactNode[] {
  const found: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(span)) {
    const [whole, label, address, bold, code, emphasis] = match;
    found.push(text.slice(from, match.index));
    from = match.index + whole.length;
    const key = match.index;
    if (label && address && /^https?:\/\//.test(address))
      found.push(
        <a key={key} href={address} target="_blank" rel="noreferrer">
          {label}
        </a>,
      );
    else if (bold) found.push(<b key={key}>{bold}</b>);
    else if (code) found.push(<code key={key}>{code}</code>);
    else if (emphasis) found.push(<em key={key}>{emphasis}</em>);
    else found.push(label ?? whole);
  }
  found.push(text.slice(from));
  return found;
}
