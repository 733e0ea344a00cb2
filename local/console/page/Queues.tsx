import { useState } from 'react';
import type { Moved } from '#ops/redrive/move-messages.ts';
import type { QueuedMessage } from '../../engines/queue-contents.ts';
import type { QueueRow } from '../queues.ts';
import { postJson, usePoll } from './api.ts';
import { clock, duration } from './format.ts';
import { linkTo } from './route.ts';
import { Empty, Loaded } from './states.tsx';

/** Every queue: how much, how old, and what; and what failed back to where it came from. */
export function Queues({ chosen }: { chosen: string | undefined }) {
  const polled = usePoll<QueueRow[]>('queues', 2_000);
  return (
    <section className="page">
      <h1>Queues</h1>
      <Loaded polled={polled}>
        {(queues) => (
          <>
            <div className="scroll">
              <table>
                <thead>
                  <tr>
                    <th>Queue</th>
                    <th className="number">Ready</th>
                    <th className="number">In flight</th>
                    <th className="number">Delayed</th>
                    <th className="number">Oldest</th>
                    <th>
                      <span className="hidden">Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {queues.map((queue) => (
                    <Row
                      key={queue.name}
                      queue={queue}
                      isChosen={queue.name === chosen}
                      refresh={polled.refresh}
                    />
                  ))}
                </tbody>
              </table>
            </div>
            {chosen !== undefined && <Peek key={chosen} name={chosen} />}
          </>
        )}
      </Loaded>
    </section>
  );
}

interface RowProps {
  queue: QueueRow;
  isChosen: boolean;
  refresh(): void;
}

function Row({ queue, isChosen, refresh }: RowProps) {
  const { name, ready, inFlight, delayed, oldestAt, isDeadLetterQueue, sources } = queue;
  const isWrong = isDeadLetterQueue && ready + inFlight > 0;
  return (
    <tr className={isWrong ? 'wrong' : ''} aria-current={isChosen || undefined}>
      <td>
        <b>{name}</b>
        <small>
          {isDeadLetterQueue
            ? sources.length > 0
              ? `what failed of ${sources.join(', ')}`
              : 'what failed of a stream'
            : `after ${queue.maxReceiveCount ?? '∞'} receives: ${queue.deadLetterQueue ?? 'nowhere'}`}
        </small>
      </td>
      <td className={`number ${isWrong ? 'bad' : ''}`}>{ready}</td>
      <td className="number">{inFlight}</td>
      <td className="number">{delayed}</td>
      <td className="number">{oldestAt === undefined ? '–' : duration(Date.now() - oldestAt)}</td>
      <td className="actions">
        <a
          className="button"
          href={isChosen ? linkTo('queues') : linkTo('queues', name)}
          aria-label={`${isChosen ? 'Close' : 'Peek into'} ${name}`}
        >
          {isChosen ? 'Close' : 'Peek'}
        </a>
        {isDeadLetterQueue && <Redrive queue={queue} refresh={refresh} />}
      </td>
    </tr>
  );
}

function Redrive({ queue: { name, ready, sources }, refresh }: { queue: QueueRow; refresh(): void }) {
  const [state, setState] = useState<{ said?: string; isUnderWay?: boolean; isWrong?: boolean }>({});
  const [source = 'its function'] = sources;
  const redrive = async () => {
    setState({ isUnderWay: true });
    try {
      const { moved, failed, problems } = await postJson<Moved>('redrive', { queue: name });
      setState({
        said: failed === 0 ? `${moved} moved` : `${moved} moved, ${failed} not: ${problems.join('; ')}`,
        isWrong: failed > 0,
      });
    } catch (error) {
      setState({ said: error instanceof Error ? error.message : String(error), isWrong: true });
    }
    refresh();
  };
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={ready === 0 || state.isUnderWay}
        aria-label={`Redrive ${name} to ${source}`}
        onClick={redrive}
      >
        {state.isUnderWay ? 'Moving…' : 'Redrive'}
      </button>
      {state.said && (
        <span role="status" className={state.isWrong ? 'bad' : 'good'}>
          {state.said}
        </span>
      )}
    </>
  );
}

const states = { ready: 'ready', delayed: 'delayed', inFlight: 'in flight' };

function Peek({ name }: { name: string }) {
  const polled = usePoll<QueuedMessage[]>(`queue?name=${encodeURIComponent(name)}`, 2_000);
  return (
    <section aria-label={`Messages of ${name}`}>
      <h2>{name}</h2>
      <p className="muted">Its oldest messages. Looking at them receives none.</p>
      <Loaded polled={polled}>
        {(messages) =>
          messages.length === 0 ? (
            <Empty title="It is empty" />
          ) : (
            <div className="rows">
              {messages.map(({ id, body, attributes, sentAt, receiveCount, state }) => (
                <details className="row" key={id} open={messages.length < 4}>
                  <summary>
                    <time>{clock(sentAt, true)}</time>
                    <small>
                      {states[state]}, received {receiveCount}×
                    </small>
                    <code className="cut">{body}</code>
                  </summary>
                  <pre>{pretty(body)}</pre>
                  {Object.entries(attributes).map(([key, value]) => (
                    <p key={key}>
                      <small>{key}</small> <code>{value}</code>
                    </p>
                  ))}
                </details>
              ))}
            </div>
          )
        }
      </Loaded>
    </section>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    // No JSON: as it is.
    return body;
  }
}
