import { useDeferredValue, useEffect, useRef, useState } from 'react';
import type { LogEntry, LogPage } from '../log-search.ts';
import { getJson, usePoll } from './api.ts';
import { preciseClock } from './format.ts';
import { linkTo } from './route.ts';
import { Empty } from './states.tsx';

/** Entries that the page keeps. */
const kept = 1_000;

/** The functions' logs: filtered, and followed. */
export function Logs({ group = '' }: { group: string | undefined }) {
  const { data: groups = [] } = usePoll<string[]>('log-groups', 30_000);
  const [text, setText] = useState('');
  const [level, setLevel] = useState('');
  const [all, setAll] = useState(false);
  const [follows, setFollows] = useState(true);
  const search = new URLSearchParams({
    ...(group && { group }),
    text: useDeferredValue(text),
    level,
    ...(all && { all: 'true' }),
  }).toString();
  const { entries, problem, isCut } = useLog(search, follows);
  const list = useRef<HTMLDivElement>(null);
  const newest = entries?.at(-1);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is newest has changed.
  useEffect(() => {
    if (follows) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [follows, newest]);

  return (
    <section className="page logs">
      <div className="bar">
        <h1>Logs</h1>
        <label>
          <span className="hidden">Log group</span>
          <select
            value={group}
            onChange={({ target }) => {
              location.hash = target.value ? linkTo('logs', target.value) : linkTo('logs');
            }}
          >
            <option value="">All groups</option>
            {groups.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          <span className="hidden">Level</span>
          <select value={level} onChange={({ target }) => setLevel(target.value)}>
            <option value="">Every level</option>
            <option value="WARN">Warnings and errors</option>
            <option value="ERROR">Errors</option>
          </select>
        </label>
        <label className="grow">
          <span className="hidden">Lines that contain</span>
          <input
            type="search"
            placeholder="Lines that contain… a room, an id, a word"
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </label>
        <label>
          <input type="checkbox" checked={all} onChange={({ target }) => setAll(target.checked)} /> Lambda’s
          lines and metrics
        </label>
        <label>
          <input type="checkbox" checked={follows} onChange={({ target }) => setFollows(target.checked)} />{' '}
          Follow
        </label>
      </div>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {isCut && <p className="muted">More lines match: these are the newest.</p>}
      {entries?.length === 0 && <Empty title="No line">Nothing was logged that matches.</Empty>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard. */}
      <div className="lines" ref={list} tabIndex={0} role="log" aria-live="off" aria-label="Log lines">
        {entries?.map((entry, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines may be equal, and hold no state but being open.
          <Line key={`${entry.at} ${index}`} entry={entry} />
        ))}
      </div>
    </section>
  );
}

/** What a search finds, and what comes that it would find. */
function useLog(search: string, follows: boolean) {
  const [log, setLog] = useState<{ entries?: LogEntry[]; problem?: string; isCut?: boolean }>({});
  useEffect(() => {
    const ending = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let positions: string | undefined;
    const next = async () => {
      try {
        if (!document.hidden) {
          const after = positions === undefined ? '' : `&after=${encodeURIComponent(positions)}`;
          const page = await getJson<LogPage>(`logs?${search}${after}`, ending.signal);
          const isFirst = positions === undefined;
          positions = page.positions;
          setLog((last) => ({
            entries: isFirst ? page.entries : [...(last.entries ?? []), ...page.entries].slice(-kept),
            isCut: isFirst ? page.isCut : (last.isCut ?? false),
          }));
        }
      } catch (error) {
        if (ending.signal.aborted) return;
        const problem = error instanceof Error ? error.message : String(error);
        setLog((last) => ({ ...last, problem }));
      }
      if (follows && !ending.signal.aborted) timer = setTimeout(next, 2_000);
    };
    void next();
    return () => {
      ending.abort();
      clearTimeout(timer);
    };
  }, [search, follows]);
  return log;
}

function Line({ entry: { group, at, level, kind, text, fields } }: { entry: LogEntry }) {
  const pairs = Object.entries(fields);
  const { room, seqs } = fields;
  return (
    <details className={`line ${level} ${kind}`}>
      <summary>
        <time>{at > 0 ? preciseClock(at) : ''}</time>
        <span className="group">{group.replace('/fanfare/', '')}</span>
        <span className="level">{level}</span>
        <span className="text">
          {text}{' '}
          {pairs.map(([name, value]) => (
            <span key={name}>
              <i>{name}=</i>
              {short(value)}{' '}
            </span>
          ))}
        </span>
      </summary>
      {typeof room === 'string' && Array.isArray(seqs) && (
        <p>
          {seqs.slice(0, 20).map((seq) => (
            <a key={seq} href={linkTo('story', room, seq)}>
              The story of {room} {seq}{' '}
            </a>
          ))}
        </p>
      )}
      <pre>{pairs.length > 0 ? JSON.stringify(fields, undefined, 2) : text}</pre>
    </details>
  );
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
