import type { Overview } from '../console.ts';
import { Alarms } from './Alarms.tsx';
import { usePoll } from './api.ts';
import { Connections } from './Connections.tsx';
import { Dashboard } from './Dashboard.tsx';
import { Logs } from './Logs.tsx';
import { Queues } from './Queues.tsx';
import { linkTo, useRoute } from './route.ts';
import { Story } from './Story.tsx';
import { Empty } from './states.tsx';

/** The console: where to look, how things are, and what was chosen. */
export function App() {
  const [view = 'dashboards', ...rest] = useRoute();
  const { data: overview, problem } = usePoll<Overview>('overview', 5_000);
  const dashboards = overview?.dashboards ?? [];
  const dashboard = view === 'dashboards' ? (rest[0] ?? dashboards[0]) : undefined;
  return (
    <div className="console">
      <header>
        <a className="brand" href={linkTo()}>
          <img src="/favicon.svg" alt="" width="24" height="24" />
          <b>Fanfare</b> <span>console</span>
        </a>
        <nav aria-label="Views">
          {dashboards.map((name) => (
            <Tab key={name} href={linkTo('dashboards', name)} isCurrent={name === dashboard}>
              {titleOf(name)}
            </Tab>
          ))}
          <Tab href={linkTo('alarms')} isCurrent={view === 'alarms'} count={overview?.alarms.ALARM}>
            Alarms
          </Tab>
          <Tab href={linkTo('logs')} isCurrent={view === 'logs'}>
            Logs
          </Tab>
          <Tab href={linkTo('queues')} isCurrent={view === 'queues'} count={overview?.deadLetters}>
            Queues
          </Tab>
          <Tab href={linkTo('connections')} isCurrent={view === 'connections'}>
            Connections
          </Tab>
          <Tab href={linkTo('story')} isCurrent={view === 'story'}>
            Story
          </Tab>
        </nav>
        <Health overview={overview} problem={problem} />
      </header>
      <main>
        {view === 'dashboards' &&
          (dashboard !== undefined ? (
            <Dashboard key={dashboard} name={dashboard} />
          ) : (
            overview && (
              <Empty title="The template has no dashboard">Alarms, logs and queues are above.</Empty>
            )
          ))}
        {view === 'alarms' && <Alarms chosen={rest[0]} />}
        {view === 'logs' && <Logs group={rest[0]} />}
        {view === 'queues' && <Queues chosen={rest[0]} />}
        {view === 'connections' && <Connections />}
        {view === 'story' && <Story key={rest.join('/')} room={rest[0]} seq={rest[1]} />}
      </main>
    </div>
  );
}

interface TabProps {
  href: string;
  isCurrent: boolean;
  /** Of what is wrong there. */
  count?: number | undefined;
  children: string;
}

function Tab({ href, isCurrent, count = 0, children }: TabProps) {
  return (
    <a href={href} aria-current={isCurrent ? 'page' : undefined}>
      {children}
      {count > 0 && <span className="count">{count}</span>}
    </a>
  );
}

function Health({ overview, problem }: { overview: Overview | undefined; problem: string | undefined }) {
  if (problem !== undefined) return <p className="health bad">not answering</p>;
  if (!overview) return <p className="health">…</p>;
  const { alarms, connections } = overview;
  const people = `${connections} connection${connections === 1 ? '' : 's'}`;
  if (alarms.ALARM > 0)
    return (
      <p className="health bad">
        {alarms.ALARM} in alarm · {people}
      </p>
    );
  return <p className="health good">no alarm · {people}</p>;
}

/** `Fanfare-delivery` → `Delivery` */
function titleOf(name: string): string {
  const title = name.replace(/^fanfare[-_: ]*/i, '') || name;
  return title.charAt(0).toUpperCase() + title.slice(1);
}
