import type { ConnectionRow } from '../console.ts';
import { usePoll } from './api.ts';
import { bytes, duration } from './format.ts';
import { Empty, Loaded } from './states.tsx';

/** Who is connected now. Unsent bytes tell of a client that reads too slowly. */
export function Connections() {
  const polled = usePoll<ConnectionRow[]>('connections', 3_000);
  return (
    <section className="page">
      <h1>Connections</h1>
      <Loaded polled={polled}>
        {(connections) =>
          connections.length === 0 ? (
            <Empty title="Nobody is connected">Open the chat in another window.</Empty>
          ) : (
            <div className="scroll">
              <table>
                <thead>
                  <tr>
                    <th>Person</th>
                    <th>Connection</th>
                    <th className="number">Since</th>
                    <th className="number">Last active</th>
                    <th className="number">Unsent</th>
                    <th>From</th>
                  </tr>
                </thead>
                <tbody>
                  {connections.map((connection) => (
                    <Row key={connection.connectionId} connection={connection} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </section>
  );
}

function Row({ connection }: { connection: ConnectionRow }) {
  const {
    connectionId,
    connectedAt,
    lastActiveAt,
    authorizer = {},
    unsentBytes,
    userAgent,
    sourceIp,
  } = connection;
  const now = Date.now();
  return (
    <tr>
      <td>
        <b>{connection.name ?? authorizer.principalId ?? '–'}</b>
      </td>
      <td>
        <code>{connectionId}</code>
      </td>
      <td className="number">{duration(now - connectedAt)}</td>
      <td className="number">{duration(now - lastActiveAt)} ago</td>
      <td className={`number ${unsentBytes > 0 ? 'bad' : ''}`}>{bytes(unsentBytes)}</td>
      <td className="muted wide">{userAgent ?? sourceIp}</td>
    </tr>
  );
}
