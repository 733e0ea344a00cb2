import { Avatar } from '../kit/Avatar.tsx';
import { Tooltip } from '../kit/Tooltip.tsx';
import { useName } from '../state/names.ts';
import { useNames } from './Reactions.tsx';

/** Faces that are shown; of more, the number. */
const faces = 4;

/** Who has read up to a message and no further. */
export function ReadMarks({ ids }: { ids: string }) {
  const users = ids.split(' ');
  const names = useNames(users);
  return (
    <Tooltip text={`Read by ${names}`} side="top">
      <span className="read-marks">
        <span className="unseen">Read by {names}</span>
        {users.slice(0, faces).map((id) => (
          <Face key={id} id={id} />
        ))}
        {users.length > faces && <span className="more-readers">+{users.length - faces}</span>}
      </span>
    </Tooltip>
  );
}

function Face({ id }: { id: string }) {
  return <Avatar id={id} name={useName(id) ?? '?'} size="s" />;
}
