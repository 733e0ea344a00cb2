import { Archive, Hash, Lock, Users } from 'lucide-react';
import { Avatar } from '../kit/Avatar.tsx';
import { useChat } from '../state/chat.ts';
import type { ListedRoom } from '../state/listed-room.ts';

type Shown = Pick<ListedRoom, 'kind' | 'visibility' | 'people' | 'online' | 'archivedAt'>;

/** What kind of room it is; of a direct one, who is there. */
export function RoomIcon({ info }: { info: Shown }) {
  const { me } = useChat();
  const others = info.people?.filter(({ userId }) => userId !== me.id) ?? [];
  const [other] = others;
  if (info.kind === 'direct' && other && others.length === 1) {
    return <Avatar id={other.userId} name={other.name} size="s" online={info.online ?? false} />;
  }
  return (
    <span className="room-icon" aria-hidden="true">
      {info.kind === 'direct' ? (
        <Users />
      ) : info.archivedAt ? (
        <Archive />
      ) : info.visibility === 'private' ? (
        <Lock />
      ) : (
        <Hash />
      )}
    </span>
  );
}
