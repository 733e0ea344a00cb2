import type { AlarmWidget, LogWidget } from '../dashboards.ts';
import { linkTo } from './route.ts';
import { AlarmBadge } from './states.tsx';

/** A dashboard's alarms with their states, what is wrong first. */
export function AlarmStates({ widget: { title, alarms } }: { widget: AlarmWidget }) {
  const wrong = alarms.filter(({ state }) => state === 'ALARM');
  const others = alarms.filter(({ state }) => state !== 'ALARM');
  return (
    <>
      <h3>
        {title}
        <span className={wrong.length > 0 ? 'bad' : 'good'}>
          {wrong.length > 0
            ? `${wrong.length} of ${alarms.length} in alarm`
            : `none of ${alarms.length} in alarm`}
        </span>
      </h3>
      <ul className="alarm-states">
        {[...wrong, ...others].map(({ name, state }) => (
          <li key={name} className={state}>
            <a href={linkTo('alarms', name)}>{name}</a>
            <AlarmBadge state={state} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** What a Logs Insights query finds in the logs of this machine. */
export function LogTable({ widget: { title, query, result, problem } }: { widget: LogWidget }) {
  return (
    <>
      <h3>{title}</h3>
      {result && result.rows.length === 0 && <p className="nothing">Nothing was logged in this time.</p>}
      {result && result.rows.length > 0 && (
        <div className="scroll">
          <table>
            <thead>
              <tr>
                {result.columns.map((name) => (
                  <th key={name}>{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {result.rows.map((row, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a log may be equal, and hold no state.
                <tr key={index}>
                  {row.map((cell, column) => (
                    <td key={result.columns[column]}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {problem !== undefined && (
        <>
          <p className="muted">Logs Insights query: runs on AWS. {problem}.</p>
          <pre>{query}</pre>
        </>
      )}
    </>
  );
}
