import { ListFilter, UserPlus, Users } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Member, MyRoom, Room } from '#client';
import { limits } from '#shared/contract/limits.ts';
import { folded } from '../composer/completion.ts';
import { Button } from '../kit/Button.tsx';
import { EmptyState } from '../kit/EmptyState.tsx';
import { ErrorState } from '../kit/ErrorState.tsx';
import { TextField } from '../kit/fields.tsx';
import { Spinner } from '../kit/Spinner.tsx';
import { useRoom } from '../use-client.ts';
import { AddPeopleDialog } from './AddPeopleDialog.tsx';
import { MemberRow } from './MemberRow.tsx';
import { useMemberList } from './member-list.ts';
import { Panel } from './Panel.tsx';
import { mayAddPeople } from './permissions.ts';

interface MembersPanelProps {
  room: Room;
  info: MyRoom;
  onClose: () => void;
}

/** Who is in the room, who is there just now, and what one may do about it. */
export function MembersPanel({ room, info, onClose }: MembersPanelProps) {
  const { list, members, state, more, error } = useMemberList(room);
  const { online } = useRoom(room);
  const [filter, setFilter] = useState('');
  const [adding, setAdding] = useState(false);
  // A large room does not tell who comes and goes: it is read each time.
  useEffect(() => void list.read(), [list]);

  const wanted = folded(filter.trim());
  const shown = members.filter(({ name }) => folded(name).includes(wanted)).sort(byRank);
  const told = info.memberCount <= limits.presenceMembers;
  const groups = told
    ? [
        { title: 'Online', members: shown.filter(({ userId }) => online.has(userId)) },
        { title: 'Offline', members: shown.filter(({ userId }) => !online.has(userId)) },
      ].filter((group) => group.members.length > 0)
    : [{ title: 'Everybody', members: shown }];

  return (
    <Panel title="Members" onClose={onClose}>
      <div className="panel-tools">
        <TextField
          label="Filter members"
          hideLabel
          placeholder="Filter by name"
          icon={<ListFilter />}
          value={filter}
          onChange={({ target }) => setFilter(target.value)}
        />
        {mayAddPeople(info) && (
          <Button icon={<UserPlus />} onClick={() => setAdding(true)}>
            Add people
          </Button>
        )}
      </div>
      <div className="panel-body" aria-busy={state === 'loading'}>
        {members.length === 0 && state === 'loading' && (
          <p className="panel-note" role="status">
            <Spinner /> Reading the list…
          </p>
        )}
        {state === 'failed' && (
          <ErrorState title="The members could not be read" error={error} onRetry={() => void list.read()} />
        )}
        {members.length > 0 && shown.length === 0 && (
          <EmptyState
            icon={<Users />}
            title="Nobody of that name"
            text={more ? `Among the first ${members.length} members.` : 'In this room.'}
          />
        )}
        {groups.map((group) => (
          <section key={group.title}>
            <h3>
              {group.title} <span>{group.members.length}</span>
            </h3>
            <ul>
              {group.members.map((member) => (
                <MemberRow
                  key={member.userId}
                  member={member}
                  info={info}
                  list={list}
                  {...(told && { online: online.has(member.userId) })}
                />
              ))}
            </ul>
          </section>
        ))}
        {more && (
          <p className="panel-note">
            {members.length} of {Math.max(info.memberCount, members.length)} members
            <Button size="s" busy={state === 'loading'} onClick={() => void list.readMore()}>
              Show more
            </Button>
          </p>
        )}
      </div>
      {adding && (
        <AddPeopleDialog info={info} list={list} members={members} onClose={() => setAdding(false)} />
      )}
    </Panel>
  );
}

const ranks = { owner: 0, moderator: 1, member: 2 };
const names = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

function byRank(a: Member, b: Member): number {
  return ranks[a.role] - ranks[b.role] || names.compare(a.name, b.name);
}
