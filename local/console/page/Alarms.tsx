import { useEffect, useRef } from 'react';
import type { AlarmDetail } from '../alarms.ts';
import { usePoll } from './api.ts';
import { clock, duration } from './format.ts';
import { Markdown } from './Markdown.tsx';
import { AlarmBadge, Empty, Loaded } from './states.tsx';

/** Every alarm with its reason and history, what is wrong first. */
export function Alarms({ chosen }: { chosen: string | undefined }) {
  const polled = usePoll<AlarmDetail[]>('alarms', 3_000);
  return (
    <section className="page">
      <h1>Alarms</h1>
      <Loaded polled={polled}>
        {(alarms) =>
          alarms.length === 0 ? (
            <Empty title="The template has no alarms" />
          ) : (
            <div className="rows">
              {alarms.map((alarm) => (
                <Alarm key={alarm.name} alarm={alarm} isChosen={alarm.name === chosen} />
              ))}
            </div>
          )
        }
      </Loaded>
    </section>
  );
}

function Alarm({ alarm, isChosen }: { alarm: AlarmDetail; isChosen: boolean }) {
  const { name, state, reason, condition, description, updatedAt, history } = alarm;
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (isChosen) details.current?.scrollIntoView({ block: 'center' });
  }, [isChosen]);
  return (
    <details ref={details} className={`row ${state}`} open={isChosen || state === 'ALARM'}>
      <summary>
        <AlarmBadge state={state} />
        <b>{name}</b>
        <small className="condition">{condition}</small>
        <small>for {duration(Date.now() - updatedAt)}</small>
      </summary>
      <p>
        <code>{condition}</code>
      </p>
      <p>{reason}</p>
      {description && <Markdown text={description.replace(/(^|\s)(https?:\/\/\S+)/g, '$1[$2]($2)')} />}
      {history.length > 0 && (
        <table>
          <caption>History</caption>
          <tbody>
            {history.map(({ at, type, summary, reason: why }) => (
              <tr key={`${at} ${type} ${summary}`}>
                <td>
                  <time>{clock(at, true)}</time>
                </td>
                <td>{summary}</td>
                <td className="wide muted">{type === 'StateUpdate' && why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
